package ovl.it.os;

/**
 * One entry as getdents64(2) gave it.
 *
 * @param name its bytes as ISO-8859-1, one character for each
 * @param offset where the directory goes on after it
 */
public record DirEntry(String name, long ino, int type, long offset) {
  /** True for {@code .} and {@code ..}. */
  public boolean isDots() {
    return name.equals(".") || name.equals("..");
  }
}
