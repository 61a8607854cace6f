package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.testing.Errnos.assertErrno;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;

final class RedirectTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String follow(String mark, String path, String component) throws ErrnoException {
    int start = path.indexOf(component);
    byte[] to = Redirect.of(bytes(mark)).follow(bytes(path), start, start + component.length());
    return new String(to, StandardCharsets.ISO_8859_1);
  }

  @Test
  void relativeMarkReplacesOneComponent() throws ErrnoException {
    assertEquals("old", follow("old", "new", "new"));
    assertEquals("/a/old/c", follow("old", "/a/new/c", "new"));
    assertFalse(Redirect.of(bytes("old")).isAbsolute());
  }

  @Test
  void absoluteMarkReplacesAllUpToItsComponent() throws ErrnoException {
    assertEquals("/x/y", follow("/x/y", "new", "new"));
    assertEquals("/x/y/c", follow("/x/y", "/a/new/c", "new"));
    assertTrue(Redirect.of(bytes("/x/y")).isAbsolute());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "a/b", "a/", "//a", "/a//b", "/a/"})
  void malformedMarksAreInvalid(String mark) {
    assertErrno(Errno.EINVAL, () -> Redirect.of(bytes(mark)));
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "/..", "/a/../b", "/./a"})
  void marksNeverLeadOutOfALayer(String mark) {
    assertErrno(Errno.EACCES, () -> Redirect.of(bytes(mark)));
  }

  @ParameterizedTest
  @ValueSource(strings = {".a", "..a", "...", "a.", "/.a/..b/..."})
  void dotsInNamesAreNames(String mark) throws ErrnoException {
    assertEquals(mark, new String(Redirect.of(bytes(mark)).bytes(), StandardCharsets.ISO_8859_1));
  }
}
