package ovl.transport.dev.wire;

/**
 * struct fuse_backing_map, 16 bytes. The argument of {@link Protocol#DEV_IOC_BACKING_OPEN}.
 *
 * <pre>
 * 0 s32 fd  4 u32 flags  8 u64 padding
 * </pre>
 */
public final class BackingMap extends Flyweight<BackingMap> {
  public static final int LENGTH = 16;

  public BackingMap() {
    super(LENGTH);
  }

  public BackingMap fd(int value) { return put32(0, value); }
  public BackingMap flags(int value) { return put32(4, value); }
}
