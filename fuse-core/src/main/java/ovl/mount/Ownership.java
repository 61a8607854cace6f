package ovl.mount;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import ovl.overlay.IdMap;

/** Collects how the owners in the layers become those shown, for users or for groups. */
final class Ownership {

  private final Path overflowFile;
  private String mapping;
  private Long squashedTo;

  /**
   * @param overflowFile where the kernel says which id stands for those that cannot be mapped
   */
  Ownership(String overflowFile) {
    this.overflowFile = Path.of(overflowFile);
  }

  void map(String triples) {
    mapping = triples;
  }

  void squashTo(long id) {
    squashedTo = id;
  }

  /**
   * @param squashToRoot show id 0 unless another is to be shown
   * @throws IllegalArgumentException with a one-line reason
   */
  IdMap toMap(boolean squashToRoot) {
    IdMap map = mapping == null ? IdMap.IDENTITY : IdMap.parse(mapping, overflow());
    if (squashedTo != null) {
      return map.squashedTo(squashedTo);
    }
    return squashToRoot ? map.squashedTo(0) : map;
  }

  private int overflow() {
    // In one read, which Files.readString is not: a sysctl gives nothing to the second one.
    byte[] text = new byte[32];
    try (InputStream in = Files.newInputStream(overflowFile)) {
      int length = Math.max(0, in.read(text));
      return Integer.parseUnsignedInt(
          new String(text, 0, length, StandardCharsets.US_ASCII).trim());
    } catch (IOException | NumberFormatException e) {
      LoggerFactory.getLogger(Ownership.class).warn("{}: {}", overflowFile, e.toString());
      return IdMap.DEFAULT_OVERFLOW;
    }
  }
}
