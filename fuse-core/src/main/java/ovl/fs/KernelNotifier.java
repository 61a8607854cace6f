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
        public void invalidateEntry(long parent, byte[] name) {
          // As above.
        }
      };

  /** The attributes of a node changed behind the kernel's back; its pages stay. */
  void invalidateAttributes(long nodeid);

  /** What a name in a directory leads to changed behind the kernel's back. */
  void invalidateEntry(long parent, byte[] name);
}
