package ovl.it.engines;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The tar files that layers are. */
final class LayerTar {
  private static final String NAMES = StandardCharsets.ISO_8859_1.name();

  private LayerTar() {}

  /** All entries in their order. */
  static List<TarEntry> read(byte[] tar) {
    List<TarEntry> entries = new ArrayList<>();
    try (var in = new TarArchiveInputStream(new ByteArrayInputStream(tar), NAMES)) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        entries.add(read(entry, in.readAllBytes()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  private static TarEntry read(TarArchiveEntry entry, byte[] content) {
    String name = entry.getName();
    return new TarEntry(
        name.endsWith("/") ? name.substring(0, name.length() - 1) : name,
        (char) entry.getLinkFlag(),
        entry.getMode(),
        Math.toIntExact(entry.getLongUserId()),
        Math.toIntExact(entry.getLongGroupId()),
        entry.getLastModifiedTime().to(TimeUnit.SECONDS),
        entry.getLinkName(),
        new TreeMap<>(entry.getExtraPaxHeaders()),
        content);
  }

  /** A tar file of these entries, in this order. */
  static byte[] write(List<TarEntry> entries) {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (var out = new TarArchiveOutputStream(tar, NAMES)) {
      for (TarEntry entry : entries) {
        out.putArchiveEntry(header(entry));
        out.write(entry.content());
        out.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return tar.toByteArray();
  }

  private static TarArchiveEntry header(TarEntry entry) {
    TarArchiveEntry header = new TarArchiveEntry(entry.name(), (byte) entry.type());
    header.setMode(entry.mode());
    header.setIds(entry.uid(), entry.gid());
    header.setNames("", "");
    header.setLastModifiedTime(FileTime.from(entry.mtime(), TimeUnit.SECONDS));
    header.setLinkName(entry.link());
    header.setSize(entry.content().length);
    entry.pax().forEach(header::addPaxHeader);
    return header;
  }
}
