package ovl.it.engines;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import ovl.it.os.FsPath;

/** The tar files that layers are: POSIX headers, extended ones where an entry needs them. */
final class LayerTar {
  private static final int BLOCK = 512;
  private static final char EXTENDED = 'x';

  private LayerTar() {}

  /** All entries in their order. */
  static List<TarEntry> read(byte[] tar) {
    List<TarEntry> entries = new ArrayList<>();
    SortedMap<String, String> pax = new TreeMap<>();
    int at = 0;
    while (tar[at] != 0) {
      byte[] header = Arrays.copyOfRange(tar, at, at + BLOCK);
      int size = (int) number(header, 124, 12);
      byte[] content = Arrays.copyOfRange(tar, at + BLOCK, at + BLOCK + size);
      if (header[156] == EXTENDED) {
        pax = records(content);
      } else {
        entries.add(entry(header, pax, content));
        pax = new TreeMap<>();
      }
      at += BLOCK + padded(size);
    }
    return entries;
  }

  private static TarEntry entry(byte[] header, SortedMap<String, String> pax, byte[] content) {
    String prefix = text(header, 345, 155);
    String name = (prefix.isEmpty() ? "" : prefix + "/") + text(header, 0, 100);
    name = pax.getOrDefault("path", name);
    return new TarEntry(
        name.endsWith("/") ? name.substring(0, name.length() - 1) : name,
        (char) header[156],
        (int) number(header, 100, 8),
        (int) number(header, 108, 8),
        (int) number(header, 116, 8),
        number(header, 136, 12),
        pax.getOrDefault("linkpath", text(header, 157, 100)),
        pax,
        content);
  }

  /** Each is its length in decimal, a blank, keyword=value, a newline. */
  private static SortedMap<String, String> records(byte[] content) {
    SortedMap<String, String> records = new TreeMap<>();
    String text = text(content);
    while (!text.isEmpty()) {
      int blank = text.indexOf(' ');
      int end = Integer.parseInt(text.substring(0, blank));
      String[] record = text.substring(blank + 1, end - 1).split("=", 2);
      records.put(record[0], record[1]);
      text = text.substring(end);
    }
    return records;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] header, int from, int length) {
    String field = text(Arrays.copyOfRange(header, from, from + length));
    int end = field.indexOf(0);
    return end < 0 ? field : field.substring(0, end);
  }

  private static long number(byte[] header, int from, int length) {
    String digits = text(header, from, length).trim();
    return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
  }

  private static int padded(int size) {
    return (size + BLOCK - 1) / BLOCK * BLOCK;
  }

  /** A tar file of these entries, in this order. */
  static byte[] write(List<TarEntry> entries) {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (TarEntry entry : entries) {
      if (!entry.pax().isEmpty()) {
        append(tar, header("pax", EXTENDED, entry), records(entry.pax()));
      }
      append(tar, header(entry.name(), entry.type(), entry), entry.content());
    }
    tar.writeBytes(new byte[2 * BLOCK]);
    return tar.toByteArray();
  }

  private static byte[] records(Map<String, String> pax) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> one : pax.entrySet()) {
      String record = " " + one.getKey() + '=' + one.getValue() + '\n';
      int length = record.length();
      while (length != record.length() + Integer.toString(length).length()) {
        length = record.length() + Integer.toString(length).length();
      }
      text.append(length).append(record);
    }
    return FsPath.latin(text.toString());
  }

  /** A header without size and checksum. */
  private static byte[] header(String name, char type, TarEntry entry) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, String.format("%07o", entry.mode()));
    put(header, 108, String.format("%07o", entry.uid()));
    put(header, 116, String.format("%07o", entry.gid()));
    put(header, 136, String.format("%011o", entry.mtime()));
    header[156] = (byte) type;
    put(header, 157, type == EXTENDED ? "" : entry.link());
    put(header, 257, "ustar\00000");
    return header;
  }

  private static void append(ByteArrayOutputStream tar, byte[] header, byte[] content) {
    put(header, 124, String.format("%011o", content.length));
    put(header, 148, "        ");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, String.format("%06o\0 ", sum));
    tar.writeBytes(header);
    tar.writeBytes(Arrays.copyOf(content, padded(content.length)));
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = FsPath.latin(text);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
