package ovl.fs;

/**
 * Tells the kernel that something it remembers is out of date. A transport that cannot do this uses
 * {@link #NONE} and must then give short validity times.
 */
public interface KernelNotifier {
  KernelNotifier NONE =
      new KernelNotifier() {
        @Override
        public void invalidateAttributes(long nodeid) {
          // A transport without notifications has nothing to tell.
        }

        @Override
        public boolean canStore() {
          return false;
        }

        @Override
        public void store(long nodeid, long address, int length) {
          // As above.
        }

        @Override
        public boolean canPrune() {
          return false;
        }

        @Override
        public void prune(long[] nodeids) {
          // As above.
        }
      };

  /** The attributes of a node changed behind the kernel's back; its pages stay. */
  void invalidateAttributes(long nodeid);

  /** Whether {@link #store} does anything. */
  boolean canStore();

  /**
   * Puts the beginning of a file into the kernel's page cache. It overwrites what is there and
   * waits for pages that are being read, so nobody may have the file open.
   *
   * @param length in bytes: all of the file, or whole pages
   */
  void store(long nodeid, long address, int length);

  /** Whether {@link #prune} does anything. */
  boolean canPrune();

  /**
   * Asks the kernel to forget nodes that nobody uses, which it otherwise does only when the system
   * is short of memory. It says so for each by a FORGET, sooner or later or not at all.
   */
  void prune(long[] nodeids);
}
