package ovl.it.engines;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import ovl.it.os.FsPath;

/** A directory with one image in the layout of the Open Container Initiative. */
final class OciDirectory {
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

  private final FsPath path;

  /**
   * @param path what an engine wrote
   */
  OciDirectory(FsPath path) {
    this.path = path;
  }

  /** Makes an image of these layers, the lowest first, with the tag {@code made}. */
  static OciDirectory write(FsPath path, List<byte[]> layers) {
    OciDirectory image = new OciDirectory(path);
    path.at("blobs").mkdirs().at("sha256").mkdir();
    path.at("oci-layout").file("{\"imageLayoutVersion\":\"1.0.0\"}");
    String diffIds =
        layers.stream().map(l -> '"' + digest(l) + '"').collect(Collectors.joining(","));
    String config =
        image.descriptor(
            "config.v1+json",
            FsPath.latin(
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":"
                    + "{\"type\":\"layers\",\"diff_ids\":["
                    + diffIds
                    + "]}}"),
            "");
    String blobs =
        layers.stream()
            .map(l -> image.descriptor("layer.v1.tar", l, ""))
            .collect(Collectors.joining(","));
    String manifest = "{\"schemaVersion\":2,\"config\":" + config + ",\"layers\":[" + blobs + "]}";
    String tag = ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"made\"}";
    String entry = image.descriptor("manifest.v1+json", FsPath.latin(manifest), tag);
    path.at("index.json").file("{\"schemaVersion\":2,\"manifests\":[" + entry + "]}");
    return image;
  }

  /** Stores the content under its digest, and says so. */
  private String descriptor(String type, byte[] content, String more) {
    blob(digest(content)).file(content);
    return String.format(
        "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"%s\",\"size\":%d%s}",
        type, digest(content), content.length, more);
  }

  private FsPath blob(String digest) {
    return path.at("blobs/" + digest.replace(':', '/'));
  }

  /** {@code sha256:} and the digest in hexadecimal. */
  static String digest(byte[] content) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(content);
      return "sha256:" + HexFormat.of().formatHex(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** How an engine calls it. */
  String reference() {
    return "oci:" + path + ":made";
  }

  /** What the image's configuration says of its layers, the lowest first. */
  List<String> diffIds() {
    return digests(blob(digests(manifest(), "config").get(0)).text(), "diff_ids");
  }

  /** The tar files of the layers, not compressed, the lowest first. */
  List<byte[]> layers() {
    return digests(manifest(), "layers").stream().map(d -> unzipped(blob(d).read())).toList();
  }

  private String manifest() {
    return blob(digests(path.at("index.json").text(), "manifests").get(0)).text();
  }

  /** The digests in a member of an object, which is a list or an object without one. */
  private static List<String> digests(String json, String member) {
    Pattern pattern = Pattern.compile('"' + member + "\":(\\[[^]]*]|\\{[^}]*})");
    Matcher value = pattern.matcher(json);
    if (!value.find()) {
      throw new AssertionError("no " + member + " in " + json);
    }
    return DIGEST.matcher(value.group(1)).results().map(MatchResult::group).toList();
  }

  private static byte[] unzipped(byte[] gzip) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
