package ovl.fs;

/** Receives the entries of a directory, packed by a transport into its reply. */
public interface DirSink {
  /**
   * Whether one more entry with a name of this many bytes has room. To be asked before anything is
   * done for the entry, a lookup above all: an entry that does not fit must not be counted.
   */
  boolean fits(int nameLength);

  /** About how many bytes are left: how much of a directory is worth reading ahead. */
  default int remaining() {
    return 4096;
  }

  /**
   * Adds a plain entry; only after {@link #fits}.
   *
   * @param name the bytes, without NUL
   * @param ino as shown in d_ino
   * @param type a DT_ constant
   * @param nextOffset where a later read goes on after this entry
   */
  void add(byte[] name, long ino, int type, long nextOffset);

  /**
   * Adds an entry with its attributes (READDIRPLUS); only after {@link #fits}. An entry with nodeid
   * 0 gives the kernel the name and type alone.
   */
  void addPlus(byte[] name, Entry entry, int type, long ino, long nextOffset);
}
