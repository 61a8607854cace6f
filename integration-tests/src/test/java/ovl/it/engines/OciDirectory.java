package ovl.it.engines;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import ovl.it.os.FsPath;

/** A directory with one image in the layout of the Open Container Initiative. */
final class OciDirectory {
  private static final JsonMapper JSON = new JsonMapper();

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
    ObjectNode config = JSON.createObjectNode().put("architecture", "amd64").put("os", "linux");
    config.putObject("config");
    ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2);
    ArrayNode stored = JSON.createArrayNode();
    for (byte[] layer : layers) {
      diffIds.add(digest(layer));
      stored.add(image.store("layer.v1.tar", layer));
    }
    manifest.set("config", image.store("config.v1+json", bytes(config)));
    manifest.set("layers", stored);
    ObjectNode entry = image.store("manifest.v1+json", bytes(manifest));
    entry.putObject("annotations").put("org.opencontainers.image.ref.name", "made");
    ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
    index.putArray("manifests").add(entry);
    path.at("index.json").file(bytes(index));
    return image;
  }

  private static byte[] bytes(JsonNode json) {
    return FsPath.latin(json.toString());
  }

  /** Keeps the content under its digest, and gives a descriptor of it. */
  private ObjectNode store(String type, byte[] content) {
    blob(digest(content)).file(content);
    return JSON.createObjectNode()
        .put("mediaType", "application/vnd.oci.image." + type)
        .put("digest", digest(content))
        .put("size", content.length);
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

  FsPath path() {
    return path;
  }

  /** What the image's configuration says of its layers, the lowest first. */
  List<String> diffIds() {
    return texts(read(manifest().at("/config/digest")).at("/rootfs/diff_ids"));
  }

  /** The tar files of the layers, not compressed, the lowest first. */
  List<byte[]> layers() {
    return manifest().at("/layers").findValues("digest").stream()
        .map(digest -> unzipped(blob(digest.textValue()).read()))
        .toList();
  }

  private JsonNode manifest() {
    return read(parse(path.at("index.json").text()).at("/manifests/0/digest"));
  }

  private JsonNode read(JsonNode digest) {
    return parse(blob(digest.textValue()).text());
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(one -> texts.add(one.textValue()));
    return texts;
  }

  private static byte[] unzipped(byte[] gzip) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
