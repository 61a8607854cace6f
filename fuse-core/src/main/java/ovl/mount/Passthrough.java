package ovl.mount;

/**
 * Which files the kernel reads and writes by itself, where it is able to (Linux 6.9 with
 * CAP_SYS_ADMIN, transport {@link TransportKind#DEV}); all others come to the daemon.
 */
public enum Passthrough {
  /** None. */
  OFF,
  /**
   * Those on upper, and those of a mount without upper. Whatever is read is the same as without.
   */
  AUTO,
  /**
   * Those on lowers as well. A file that is open for reading when it is copied up is then read on
   * as it was before, by that descriptor; kernel overlayfs has this for memory mappings only.
   */
  ALL
}
