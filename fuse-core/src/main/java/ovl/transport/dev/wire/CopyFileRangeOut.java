package ovl.transport.dev.wire;

/**
 * struct fuse_copy_file_range_out, 8 bytes. The reply to COPY_FILE_RANGE_64; COPY_FILE_RANGE is
 * answered with {@link WriteOut}.
 *
 * <pre>
 * 0 u64 bytes_copied
 * </pre>
 */
public final class CopyFileRangeOut extends Flyweight<CopyFileRangeOut> {
  public static final int LENGTH = 8;

  public CopyFileRangeOut() {
    super(LENGTH);
  }

  public CopyFileRangeOut bytesCopied(long value) { return put64(0, value); }
}
