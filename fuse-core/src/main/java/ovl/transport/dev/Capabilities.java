package ovl.transport.dev;

import ovl.transport.dev.wire.InitFlags;

/**
 * What the kernel and this transport agreed on in FUSE_INIT.
 *
 * @param minor the protocol spoken: 7.minor
 * @param flags {@link InitFlags} that both sides know and want
 */
record Capabilities(int minor, long flags) {
  /** The largest WRITE and the largest reply in bytes: 256 pages. */
  static final int MAX_DATA = 1 << 20;

  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** For logs. */
  @Override
  public String toString() {
    return "FUSE 7." + minor + ", flags 0x" + Long.toHexString(flags);
  }
}
