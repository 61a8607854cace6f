package ovl.overlay;

/**
 * The encodings of a device number: major and minor apart (statx), the C library's 64 bits
 * (mknod(2), gnu_dev_makedev) and the kernel's 32 bits (new_encode_dev, in FUSE requests and
 * attributes).
 */
final class DeviceNumber {
  private DeviceNumber() {}

  static long toLibc(int major, int minor) {
    return (major & 0xfffL) << 8
        | (major & 0xfffff000L) << 32
        | minor & 0xffL
        | (minor & 0xffffff00L) << 12;
  }

  /** From the 32 bits of a FUSE request. */
  static long kernelToLibc(int encoded) {
    return toLibc(major(encoded), minor(encoded));
  }

  /** Of the 32 bits of a FUSE request. */
  static int major(int encoded) {
    return (encoded & 0xfff00) >>> 8;
  }

  static int minor(int encoded) {
    return encoded & 0xff | encoded >>> 12 & 0xfff00;
  }

  /** True for the number of a whiteout in a FUSE request. */
  static boolean isZero(int encoded) {
    return encoded == 0;
  }
}
