; The set-up for Windows: into the person's own folder, no administrator, files and keys stay when it is taken away.
; makensis -DVERSION=0.1.0 -DPROGRAM=dist\census -DOUT=census-0.1.0-windows-x64-setup.exe census.nsi
Unicode true
!include "MUI2.nsh"
!include "FileFunc.nsh"

!ifndef VERSION | PROGRAM | OUT
  !error "VERSION, PROGRAM and OUT are given by make.py"
!endif
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Census"

Name "Census ${VERSION}"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\Census"
ManifestSupportedOS all
ManifestDPIAware true
SetCompressor /SOLID lzma
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Census"
VIAddVersionKey "FileDescription" "Census set-up"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "Apache-2.0"

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\${VERSION}\census-desktop.exe"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "SimpChinese"
!insertmacro MUI_LANGUAGE "English"

LangString ProgramName ${LANG_SIMPCHINESE} "政务信息资源普查"
LangString ProgramName ${LANG_ENGLISH} "Census"
LangString FileName ${LANG_SIMPCHINESE} "普查填报文件或目录"
LangString FileName ${LANG_ENGLISH} "Census file"
LangString PackageName ${LANG_SIMPCHINESE} "普查数据包"
LangString PackageName ${LANG_ENGLISH} "Census package"
LangString SelfTestFailed ${LANG_SIMPCHINESE} "新版在这台电脑上没有通过自检，没有安装；原来的版本没有改动。"
LangString SelfTestFailed ${LANG_ENGLISH} "The new version did not pass its self-test on this computer and was not installed; the present one was not changed."

Function .onInit
  !insertmacro MUI_LANGDLL_DISPLAY
FunctionEnd

!macro FileType SUFFIX ID NAME
  WriteRegStr HKCU "Software\Classes\${SUFFIX}" "" "${ID}"
  WriteRegStr HKCU "Software\Classes\${ID}" "" "${NAME}"
  WriteRegStr HKCU "Software\Classes\${ID}\DefaultIcon" "" "$INSTDIR\${VERSION}\census-desktop.exe,0"
  WriteRegStr HKCU "Software\Classes\${ID}\shell\open\command" "" '"$INSTDIR\${VERSION}\census-desktop.exe" "%1"'
!macroend

; Each version has a folder of its own, so that one that is running is not overwritten; the one before stays.
Section
  SetOutPath "$INSTDIR\${VERSION}"
  File /r "${PROGRAM}\*.*"
  ReadEnvStr $1 CENSUS_DATA_DIR
  System::Call 'kernel32::SetEnvironmentVariable(t "CENSUS_DATA_DIR", t "$PLUGINSDIR\data")'
  nsExec::ExecToLog '"$INSTDIR\${VERSION}\census.exe" selftest'
  Pop $0
  System::Call 'kernel32::SetEnvironmentVariable(t "CENSUS_DATA_DIR", t "$1")'
  ${If} $0 != 0
    RMDir /r "$INSTDIR\${VERSION}"
    MessageBox MB_ICONSTOP "$(SelfTestFailed)"
    Abort
  ${EndIf}
  CreateShortcut "$SMPROGRAMS\$(ProgramName).lnk" "$INSTDIR\${VERSION}\census-desktop.exe"
  CreateShortcut "$DESKTOP\$(ProgramName).lnk" "$INSTDIR\${VERSION}\census-desktop.exe"
  !insertmacro FileType ".censusdb" "Census.File" "$(FileName)"
  !insertmacro FileType ".census" "Census.Package" "$(PackageName)"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${KEY}" "DisplayName" "$(ProgramName)"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "ProgramName" "$(ProgramName)"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
SectionEnd

; Only what the set-up made goes. Keys, snapshots and logs lie in %LOCALAPPDATA%\Census and stay.
Section "Uninstall"
  ReadRegStr $0 HKCU "${KEY}" "ProgramName"
  Delete "$SMPROGRAMS\$0.lnk"
  Delete "$DESKTOP\$0.lnk"
  DeleteRegKey HKCU "Software\Classes\.censusdb"
  DeleteRegKey HKCU "Software\Classes\.census"
  DeleteRegKey HKCU "Software\Classes\Census.File"
  DeleteRegKey HKCU "Software\Classes\Census.Package"
  DeleteRegKey HKCU "${KEY}"
  FindFirst $1 $2 "$INSTDIR\*.*"
  loop:
    StrCmp $2 "" done
    IfFileExists "$INSTDIR\$2\census-desktop.exe" 0 next
    RMDir /r "$INSTDIR\$2"
  next:
    FindNext $1 $2
    Goto loop
  done:
  FindClose $1
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd
