package ovl.transport.dev.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import ovl.sys.NativeBytes;

/**
 * A view of one kernel struct in a buffer that belongs to somebody else. It is created once per
 * worker and moved over requests and replies by {@code wrap}, which allocates nothing. All accesses
 * are absolute and in the byte order of the machine, as the protocol demands; position and mark of
 * the buffer play no part. Unsigned fields come as the Java type of the same width.
 *
 * @param <F> the struct itself, so that {@code wrap} returns it
 */
public abstract class Flyweight<F extends Flyweight<F>> {
  private final int length;
  private ByteBuffer buffer;
  private int base;
  private int covered;

  /** Of the first byte of the buffer. */
  private long origin;

  /** Of the struct. */
  private long address;

  Flyweight(int length) {
    this.length = length;
  }

  /** As {@link #wrap(ByteBuffer, int, int)}, up to the limit of the buffer. */
  public final F wrap(ByteBuffer buffer, int offset) {
    return bind(buffer, offset, buffer.limit(), length);
  }

  /**
   * Moves this view to the struct at an index of the buffer.
   *
   * @param buffer in native byte order
   * @param offset index of the first byte of the struct
   * @param end index after the last byte that may belong to it: of a request, where the length in
   *     its header says that it ends
   * @throws ShortRequestException the struct does not fit before {@code end} and the buffer's limit
   */
  public final F wrap(ByteBuffer buffer, int offset, int end) {
    return bind(buffer, offset, end, length);
  }

  /** Index of the first byte after the struct, where a name or data follows. */
  public final int tail() {
    return base + covered;
  }

  /**
   * Fills the struct with zeros: a reply buffer is used again, and padding must not carry old
   * bytes.
   */
  public final F clear() {
    NativeBytes.clear(address, covered);
    return self();
  }

  /**
   * Wraps the first {@code needed} bytes only: the whole struct or an older, shorter form of it.
   */
  F bind(ByteBuffer buffer, int offset, int end, int needed) {
    long available = (long) Math.min(end, buffer.limit()) - offset;
    if (available < needed) {
      throw new ShortRequestException(needed, Math.max(available, 0));
    }
    if (offset < 0) {
      throw new IndexOutOfBoundsException(offset);
    }
    if (!buffer.isDirect() || buffer.order() != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException("buffer is not direct and in native byte order");
    }
    if (this.buffer != buffer) {
      origin = NativeBytes.address(buffer);
      this.buffer = buffer;
    }
    this.base = offset;
    this.address = origin + offset;
    this.covered = needed;
    return self();
  }

  /**
   * Whether the form that is wrapped reaches to this offset: false for fields it is too old for.
   */
  final boolean covers(int offset) {
    return offset < covered;
  }

  /** Of the first byte of the struct. */
  final long address() {
    return address;
  }

  /** What is read and written is part of the struct, which {@link #bind} has checked to be there. */
  private boolean contains(int offset, int size) {
    return offset >= 0 && offset + size <= covered;
  }

  /** Moves the view of a struct inside this one. */
  final <N extends Flyweight<N>> N nested(N view, int offset) {
    return view.wrap(buffer, base + offset, base + covered);
  }

  final int u16(int offset) {
    assert contains(offset, Short.BYTES);
    return Short.toUnsignedInt(NativeBytes.getShort(address + offset));
  }

  final int u32(int offset) {
    assert contains(offset, Integer.BYTES);
    return NativeBytes.getInt(address + offset);
  }

  final long u64(int offset) {
    assert contains(offset, Long.BYTES);
    return NativeBytes.getLong(address + offset);
  }

  final F put16(int offset, int value) {
    assert contains(offset, Short.BYTES);
    NativeBytes.putShort(address + offset, (short) value);
    return self();
  }

  final F put32(int offset, int value) {
    assert contains(offset, Integer.BYTES);
    NativeBytes.putInt(address + offset, value);
    return self();
  }

  final F put64(int offset, long value) {
    assert contains(offset, Long.BYTES);
    NativeBytes.putLong(address + offset, value);
    return self();
  }

  /** Fills the struct from its first byte: one call where each field takes five. */
  final F putWords(long[] words) {
    assert contains(0, words.length * Long.BYTES);
    NativeBytes.write(address, words);
    return self();
  }

  @SuppressWarnings(
      "unchecked") // F is the class of this object: every subclass is final and says so
  private F self() {
    return (F) this;
  }
}
