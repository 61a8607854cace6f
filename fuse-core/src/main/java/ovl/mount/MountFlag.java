package ovl.mount;

import ovl.sys.Linux;

/** The mount(2) flags that may be asked for; each is the word that mount(8) uses. */
public enum MountFlag {
  NOSUID(Linux.MS_NOSUID),
  NODEV(Linux.MS_NODEV),
  NOEXEC(Linux.MS_NOEXEC),
  SYNC(Linux.MS_SYNCHRONOUS),
  DIRSYNC(Linux.MS_DIRSYNC),
  NOATIME(Linux.MS_NOATIME),
  NODIRATIME(Linux.MS_NODIRATIME),
  NOSYMFOLLOW(Linux.MS_NOSYMFOLLOW);

  private final int bit;

  MountFlag(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
