package ovl.transport.dev.wire;

/**
 * struct fuse_copy_file_range_in, 56 bytes. Also that of COPY_FILE_RANGE_64.
 *
 * <pre>
 *  0 u64 fh_in     8 u64 off_in  16 u64 nodeid_out  24 u64 fh_out
 * 32 u64 off_out  40 u64 len     48 u64 flags
 * </pre>
 */
public final class CopyFileRangeIn extends Flyweight<CopyFileRangeIn> {
  public static final int LENGTH = 56;

  public CopyFileRangeIn() {
    super(LENGTH);
  }

  public long fhIn() { return u64(0); }
  public long offIn() { return u64(8); }
  public long nodeidOut() { return u64(16); }
  public long fhOut() { return u64(24); }
  public long offOut() { return u64(32); }
  public long len() { return u64(40); }
  public long flags() { return u64(48); }
}
