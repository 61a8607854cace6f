package ovl.overlay;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * Objects by number: nodes by nodeid, open files by fh. Numbers count up and are never reused, so a
 * stale one finds nothing; reads take no lock. Storage is in chunks that go when they are empty.
 */
final class IdTable<T> {
  private static final int CHUNK_BITS = 10;
  private static final int CHUNK = 1 << CHUNK_BITS;

  private static final class Chunk<T> {
    final AtomicReferenceArray<T> slots = new AtomicReferenceArray<>(CHUNK);
    final AtomicInteger removed = new AtomicInteger();
  }

  private final AtomicLong next;

  /** Stored anew after each change of an element, which is what makes that visible. */
  private volatile Chunk<T>[] chunks = newChunks(16);

  /**
   * @param first the first number to be given out
   */
  IdTable(long first) {
    next = new AtomicLong(first);
    Chunk<T> chunk = new Chunk<>();
    // Numbers below the first are never used; counted as removed, so that the chunk can go.
    chunk.removed.set((int) first);
    publishLocked(chunks, 0, chunk);
  }

  @SuppressWarnings("unchecked") // there are no arrays of generic types
  private static <T> Chunk<T>[] newChunks(int length) {
    return (Chunk<T>[]) new Chunk<?>[length];
  }

  /** Requires: this, unless nobody knows the table yet. */
  private void publishLocked(Chunk<T>[] all, int index, Chunk<T> chunk) {
    all[index] = chunk;
    chunks = all;
  }

  /** Takes the next number; {@link #put} it before anybody can ask for it. */
  long nextId() {
    return next.getAndIncrement();
  }

  /** Stores an object under a number from {@link #nextId}. */
  void put(long id, T object) {
    chunkFor((int) (id >>> CHUNK_BITS)).slots.set((int) id & (CHUNK - 1), object);
  }

  /** The object, or null for a number that is not in use (any number will do). */
  T get(long id) {
    Chunk<T>[] all = chunks;
    long index = id >>> CHUNK_BITS;
    if (index >= all.length) {
      return null;
    }
    Chunk<T> chunk = all[(int) index];
    return chunk == null ? null : chunk.slots.get((int) id & (CHUNK - 1));
  }

  /** Takes the object out; null if it was gone already. */
  T remove(long id) {
    Chunk<T>[] all = chunks;
    long index = id >>> CHUNK_BITS;
    Chunk<T> chunk = index >= all.length ? null : all[(int) index];
    if (chunk == null) {
      return null;
    }
    T removed = chunk.slots.getAndSet((int) id & (CHUNK - 1), null);
    if (removed != null && chunk.removed.incrementAndGet() == CHUNK) {
      dropChunk((int) index);
    }
    return removed;
  }

  /** Calls for each object present; objects put or removed meanwhile may be missed. */
  void forEach(Consumer<T> action) {
    Chunk<T>[] all = chunks;
    // Not to the end of a chunk: umount(2) has returned, and somebody waits for the layers.
    long end = next.get();
    for (int i = 0; i < all.length; i++) {
      Chunk<T> chunk = all[i];
      int used = (int) Math.min(CHUNK, end - ((long) i << CHUNK_BITS));
      for (int slot = 0; chunk != null && slot < used; slot++) {
        T object = chunk.slots.get(slot);
        if (object != null) {
          action.accept(object);
        }
      }
    }
  }

  /**
   * Calls for objects in the order of their numbers.
   *
   * @param from the number to begin at
   * @param most how many objects to call for
   * @return the number to go on with; 0 after the last object
   */
  long visit(long from, int most, Consumer<T> action) {
    Chunk<T>[] all = chunks;
    int left = most;
    for (long id = from; id >>> CHUNK_BITS < all.length; id++) {
      Chunk<T> chunk = all[(int) (id >>> CHUNK_BITS)];
      if (chunk == null) {
        id |= CHUNK - 1;
        continue;
      }
      T object = chunk.slots.get((int) id & (CHUNK - 1));
      if (object != null) {
        if (left-- == 0) {
          return id;
        }
        action.accept(object);
      }
    }
    return 0;
  }

  private Chunk<T> chunkFor(int index) {
    Chunk<T>[] all = chunks;
    Chunk<T> chunk = index < all.length ? all[index] : null;
    return chunk != null ? chunk : addChunk(index);
  }

  private synchronized Chunk<T> addChunk(int index) {
    Chunk<T>[] all = chunks;
    if (index >= all.length) {
      Chunk<T>[] larger = newChunks(Math.max(index + 1, 2 * all.length));
      System.arraycopy(all, 0, larger, 0, all.length);
      all = larger;
    }
    if (all[index] == null) {
      publishLocked(all, index, new Chunk<>());
    }
    return all[index];
  }

  private synchronized void dropChunk(int index) {
    publishLocked(chunks, index, null);
  }
}
