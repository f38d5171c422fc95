"""The shell both windows share: application, theme, icons, text, tasks, frame, accessibility."""
