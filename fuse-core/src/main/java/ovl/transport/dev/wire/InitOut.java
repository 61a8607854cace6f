package ovl.transport.dev.wire;

/**
 * struct fuse_init_out, 64 bytes.
 *
 * <pre>
 *  0 u32 major             4 u32 minor            8 u32 max_readahead
 * 12 u32 flags            16 u16 max_background  18 u16 congestion_threshold
 * 20 u32 max_write        24 u32 time_gran       28 u16 max_pages
 * 30 u16 map_alignment    32 u32 flags2          36 u32 max_stack_depth
 * 40 u16 request_timeout  42 u16 unused[11]
 * </pre>
 */
public final class InitOut extends Flyweight<InitOut> {
  public static final int LENGTH = 64;

  public InitOut() {
    super(LENGTH);
  }

  public int major() { return u32(0); }
  public int minor() { return u32(4); }
  public int maxReadahead() { return u32(8); }
  public int flags() { return u32(12); }
  public int maxBackground() { return u16(16); }
  public int congestionThreshold() { return u16(18); }
  public int maxWrite() { return u32(20); }
  public int timeGran() { return u32(24); }
  public int maxPages() { return u16(28); }
  public int mapAlignment() { return u16(30); }
  public int flags2() { return u32(32); }
  public int maxStackDepth() { return u32(36); }
  public int requestTimeout() { return u16(40); }

  public InitOut major(int value) { return put32(0, value); }
  public InitOut minor(int value) { return put32(4, value); }
  public InitOut maxReadahead(int value) { return put32(8, value); }
  public InitOut flags(int value) { return put32(12, value); }
  public InitOut maxBackground(int value) { return put16(16, value); }
  public InitOut congestionThreshold(int value) { return put16(18, value); }
  public InitOut maxWrite(int value) { return put32(20, value); }
  public InitOut timeGran(int value) { return put32(24, value); }
  public InitOut maxPages(int value) { return put16(28, value); }
  public InitOut mapAlignment(int value) { return put16(30, value); }
  public InitOut flags2(int value) { return put32(32, value); }
  public InitOut maxStackDepth(int value) { return put32(36, value); }
  public InitOut requestTimeout(int value) { return put16(40, value); }
}
