package ovl.transport.libfuse2;

import ovl.fs.DirSink;
import ovl.fs.Entry;

/**
 * Hands directory entries to libfuse's fill function, with their offsets, until it says that the
 * page is full. The entry that it refused is lost, which is no loss: the kernel goes on from the
 * last one that it got.
 */
final class PageSink implements DirSink {
  private final Call call;
  private final Callbacks.Fill fill;
  private final long page;
  private boolean isFull;

  /**
   * @param page what the fill function wants as its first argument
   */
  PageSink(Call call, Callbacks.Fill fill, long page) {
    this.call = call;
    this.fill = fill;
    this.page = page;
  }

  @Override
  public boolean fits(int nameLength) {
    return !isFull;
  }

  @Override
  public void add(byte[] name, long ino, int type, long nextOffset) {
    isFull = fill.call(page, call.entryName(name), call.entryStat(ino, type), nextOffset) != 0;
  }

  @Override
  public void addPlus(byte[] name, Entry entry, int type, long ino, long nextOffset) {
    throw new UnsupportedOperationException("libfuse 2 has no READDIRPLUS");
  }
}
