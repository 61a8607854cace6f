package ovl.it.engines;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import ovl.it.os.FsPath;

/**
 * One object of a layer's tar file. Names are ISO-8859-1, a character for a byte.
 *
 * @param name relative to the root, without a slash at its end
 * @param type the letter in its header
 * @param mtime in seconds
 * @param link the target of a link
 * @param pax the records of its extended header that have no other place here, by keyword
 */
record TarEntry(
    String name,
    char type,
    int mode,
    int uid,
    int gid,
    long mtime,
    String link,
    SortedMap<String, String> pax,
    byte[] content) {

  static final char FILE = '0';
  static final char HARD_LINK = '1';
  static final char DIRECTORY = '5';

  /** When everything was changed that is made here. */
  static final long MTIME = 1_000_000_000;

  private static final String XATTR = "SCHILY.xattr.";

  private static TarEntry of(String name, char type, int mode, String link, String content) {
    SortedMap<String, String> pax = Collections.emptySortedMap();
    return new TarEntry(name, type, mode, 0, 0, MTIME, link, pax, FsPath.latin(content));
  }

  static TarEntry file(String name, String content) {
    return of(name, FILE, 0644, "", content);
  }

  static TarEntry directory(String name) {
    return of(name, DIRECTORY, 0755, "", "");
  }

  static TarEntry hardLink(String name, String target) {
    return of(name, HARD_LINK, 0644, target, "");
  }

  /** As this one, with another owner and mode. */
  TarEntry owned(int newUid, int newGid, int newMode) {
    return new TarEntry(name, type, newMode, newUid, newGid, mtime, link, pax, content);
  }

  /** As this one, with one more extended attribute. */
  TarEntry withXattr(String attribute, String value) {
    SortedMap<String, String> more = new TreeMap<>(pax);
    more.put(XATTR + attribute, value);
    return new TarEntry(name, type, mode, uid, gid, mtime, link, more, content);
  }

  /** The value of an extended attribute; null if there is none. */
  String xattr(String attribute) {
    return pax.get(XATTR + attribute);
  }

  /** All but what another run makes different: the times, and what the files hold. */
  @Override
  public String toString() {
    return String.format("%s %c %04o %d:%d %s %s", name, type, mode, uid, gid, link, pax);
  }
}
