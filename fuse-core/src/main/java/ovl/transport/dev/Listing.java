package ovl.transport.dev;

import java.nio.ByteBuffer;
import ovl.fs.DirSink;
import ovl.fs.Entry;
import ovl.transport.dev.wire.Dirent;
import ovl.transport.dev.wire.DirentPlus;

/** Packs directory entries into a reply, one behind the other, each padded to eight bytes. */
final class Listing implements DirSink {
  private final ByteBuffer buffer;
  private final NodeEncoder encoder;
  private final Dirent dirent = new Dirent();
  private final DirentPlus direntPlus = new DirentPlus();
  private boolean plus;
  private int start;
  private int end;
  private int limit;

  Listing(ByteBuffer buffer, NodeEncoder encoder) {
    this.buffer = buffer;
    this.encoder = encoder;
  }

  /** Starts anew between two indices of the buffer. */
  Listing begin(int from, int to, boolean withAttributes) {
    plus = withAttributes;
    start = from;
    end = from;
    limit = to;
    return this;
  }

  /** Index behind the last entry. */
  int end() {
    return end;
  }

  boolean isEmpty() {
    return end == start;
  }

  @Override
  public boolean fits(int nameLength) {
    return end + sizeFor(nameLength) <= limit;
  }

  @Override
  public int remaining() {
    return limit - end;
  }

  @Override
  public void add(byte[] name, long ino, int type, long nextOffset) {
    int size = take(name, false);
    fill(dirent.wrap(buffer, end), name, ino, type, nextOffset);
    end += size;
  }

  @Override
  public void addPlus(byte[] name, Entry entry, int type, long ino, long nextOffset) {
    int size = take(name, true);
    direntPlus.wrap(buffer, end);
    if (entry.nodeid == 0) {
      direntPlus.entryOut().clear();
    } else {
      encoder.put(entry, direntPlus.entryOut());
    }
    fill(direntPlus.dirent(), name, ino, type, nextOffset);
    end += size;
  }

  private int sizeFor(int nameLength) {
    return plus ? DirentPlus.sizeFor(nameLength) : Dirent.sizeFor(nameLength);
  }

  /** Checks that an entry may be added and zeroes its padding, which the name then overlaps. */
  private int take(byte[] name, boolean withAttributes) {
    if (plus != withAttributes || name.length == 0 || !fits(name.length)) {
      throw new IllegalStateException("entry of " + name.length + " bytes does not fit");
    }
    int size = sizeFor(name.length);
    buffer.putLong(end + size - 8, 0);
    return size;
  }

  private void fill(Dirent out, byte[] name, long ino, int type, long nextOffset) {
    out.ino(ino).off(nextOffset).namelen(name.length).type(type);
    buffer.put(out.tail(), name, 0, name.length);
  }
}
