package ovl.it.oracle;

import java.util.List;
import ovl.sys.Linux;

/** What can be at a name, and the calls that make and remove it. */
enum Thing {
  FILE {
    @Override
    void make(Maker maker, String path) {
      maker.make(Call.WRITEFILE, List.of(path), 5000L, 7L, 0L);
    }
  },
  EMPTY_FILE {
    @Override
    void make(Maker maker, String path) {
      maker.make(Call.WRITEFILE, List.of(path), 0L, 0L, 0L);
    }
  },
  EMPTY_DIR {
    @Override
    void make(Maker maker, String path) {
      maker.make(Call.MKDIR, List.of(path), 0755L);
    }

    @Override
    void remove(Maker maker, String path) {
      maker.make(Call.RMDIR, List.of(path));
    }
  },
  DIR {
    @Override
    void make(Maker maker, String path) {
      EMPTY_DIR.make(maker, path);
      FILE.make(maker, path + "/f");
      EMPTY_DIR.make(maker, path + "/d");
    }

    @Override
    void remove(Maker maker, String path) {
      empty(maker, path);
      EMPTY_DIR.remove(maker, path);
    }
  },
  SYMLINK {
    @Override
    void make(Maker maker, String path) {
      maker.make(Call.SYMLINK, List.of(path, "target"));
    }
  },
  FIFO {
    @Override
    void make(Maker maker, String path) {
      maker.make(Call.MKNOD, List.of(path), Linux.S_IFIFO | 0644L, 0L);
    }
  },
  WHITEOUT {
    @Override
    void make(Maker maker, String path) {
      maker.make(Call.MKNOD, List.of(path), (long) Linux.S_IFCHR, 0L);
    }
  };

  /** Takes the calls, in their order. */
  interface Maker {
    void make(Call call, List<String> names, Long... numbers);
  }

  abstract void make(Maker maker, String path);

  void remove(Maker maker, String path) {
    maker.make(Call.UNLINK, List.of(path));
  }

  /** Takes away what {@link #DIR} holds. */
  static void empty(Maker maker, String path) {
    FILE.remove(maker, path + "/f");
    EMPTY_DIR.remove(maker, path + "/d");
  }
}
