package ovl.transport.dev.wire;

/**
 * struct fuse_direntplus, 152 bytes. The name follows as after {@link Dirent}.
 *
 * <pre>
 * 0 entry_out entry_out  128 dirent dirent
 * </pre>
 */
public final class DirentPlus extends Flyweight<DirentPlus> {
  public static final int LENGTH = 152;

  private final EntryOut entryOut = new EntryOut();
  private final Dirent dirent = new Dirent();

  public DirentPlus() {
    super(LENGTH);
  }

  /** Bytes that an entry with a name of this length takes. */
  public static int sizeFor(int nameLength) {
    return (LENGTH + nameLength + 7) & -8;
  }

  public EntryOut entryOut() { return nested(entryOut, 0); }
  public Dirent dirent() { return nested(dirent, 128); }
}
