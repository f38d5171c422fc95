#!/bin/sh
# Puts the program of this folder into the personal folder of whoever runs it; no administrator is needed.
#
#   sh install.sh              install, or bring this version beside the one that is here and use it
#   sh install.sh --remove     take the program away; files, keys and snapshots stay
#
# 安装到个人文件夹，不需要管理员；--remove 卸载，填报文件、密钥和快照都保留。
set -eu
here=$(cd "$(dirname "$0")" && pwd)
base=${XDG_DATA_HOME:-$HOME/.local/share}
root=$base/census-program
bin=$HOME/.local/bin

refresh() {
  if command -v update-mime-database >/dev/null; then update-mime-database "$base/mime" || true; fi
  if command -v update-desktop-database >/dev/null; then update-desktop-database -q "$base/applications" || true; fi
}

if [ "${1:-}" = --remove ]; then
  rm -rf "$root/versions" "$root/current"
  rmdir "$root" 2>/dev/null || true
  rm -f "$bin/census" "$bin/census-desktop" "$base/applications/census.desktop" "$base/mime/packages/census.xml" \
    "$base/icons/hicolor/scalable/apps/census.svg"
  refresh
  echo "已卸载；填报文件、密钥和快照没有动。 Removed; your files, keys and snapshots were not touched."
  exit 0
fi

version=$(cat "$here/VERSION")
"$here/program/census" selftest >/dev/null || { echo "自检没有通过，没有安装。 The self-test failed; nothing was installed." >&2; exit 1; }
mkdir -p "$root/versions" "$bin" "$base/applications" "$base/mime/packages" "$base/icons/hicolor/scalable/apps"
if [ ! -d "$root/versions/$version" ]; then
  rm -rf "$root/versions/.new-$version"
  cp -a "$here/program" "$root/versions/.new-$version"
  sync
  mv "$root/versions/.new-$version" "$root/versions/$version"
fi
ln -sfn "versions/$version" "$root/.current-new"
mv -T "$root/.current-new" "$root/current"
ln -sf "$root/current/census" "$bin/census"
ln -sf "$root/current/census-desktop" "$bin/census-desktop"
sed "s|@PROGRAM@|$root/current|" "$here/share/census.desktop" > "$base/applications/census.desktop"
cp "$here/share/census-mime.xml" "$base/mime/packages/census.xml"
cp "$here/share/census.svg" "$base/icons/hicolor/scalable/apps/census.svg"
refresh
if command -v xdg-mime >/dev/null; then
  xdg-mime default census.desktop application/x-censusdb application/x-census-package || true
fi
echo "已安装 $version 版：$root/current  Installed version $version."
case ":$PATH:" in
  *":$bin:"*) ;;
  *) echo "命令行使用：把 $bin 加入 PATH。 For the command line, put $bin on the PATH." ;;
esac
