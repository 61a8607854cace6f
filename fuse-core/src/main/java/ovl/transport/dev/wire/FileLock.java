package ovl.transport.dev.wire;

/**
 * struct fuse_file_lock, 24 bytes. Part of {@link LkIn} and {@link LkOut}.
 *
 * <pre>
 * 0 u64 start  8 u64 end  16 u32 type  20 u32 pid
 * </pre>
 */
public final class FileLock extends Flyweight<FileLock> {
  public static final int LENGTH = 24;

  public FileLock() {
    super(LENGTH);
  }

  public long start() { return u64(0); }
  public long end() { return u64(8); }
  public int type() { return u32(16); }
  public int pid() { return u32(20); }

  public FileLock start(long value) { return put64(0, value); }
  public FileLock end(long value) { return put64(8, value); }
  public FileLock type(int value) { return put32(16, value); }
  public FileLock pid(int value) { return put32(20, value); }
}
