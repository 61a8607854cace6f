package ovl.transport.libfuse2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.fs.NodeFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

final class PathResolverTest {
  private final Syscalls sys = Syscalls.load();
  private final TreeFs tree = new TreeFs();
  private final NodeFs fs = tree.nodeFs();
  private final PathResolver paths = new PathResolver(fs, 8);
  private final Call call = new Call(sys, TreeFs::root);

  @AfterEach
  void referencesBalance() {
    paths.clear();
    assertEquals(0, tree.references());
  }

  private long path(String path) {
    return Scratch.current(sys).path(path);
  }

  private long resolve(String path) throws ErrnoException {
    call.begin();
    try (PathNode node = paths.resolve(call, path(path))) {
      return node.nodeid;
    }
  }

  private int errno(String path) {
    return assertThrows(ErrnoException.class, () -> resolve(path)).errno();
  }

  @Test
  void rootNeedsNoLookup() throws Exception {
    assertEquals(NodeFs.ROOT_ID, resolve("/"));
    assertEquals(0, tree.lookups.get());
  }

  @Test
  void everyComponentIsLookedUpOnce() throws Exception {
    tree.file("/a/b/c");
    assertEquals(tree.nodeid("/a/b/c"), resolve("/a/b/c"));
    assertTrue(call.isEntryFresh);
    assertEquals(3, tree.lookups.get());
    assertEquals(tree.nodeid("/a/b/c"), resolve("/a/b/c"));
    assertEquals(tree.nodeid("/a"), resolve("/a"));
    assertEquals(3, tree.lookups.get());
    assertEquals(false, call.isEntryFresh);
  }

  @Test
  void failuresKeepNothing() {
    tree.file("/a/f");
    assertEquals(Errno.ENOENT, errno("/a/none"));
    assertEquals(Errno.ENOTDIR, errno("/a/f/below"));
    assertEquals(Errno.ENAMETOOLONG, errno("/a/" + "x".repeat(5000)));
  }

  @Test
  void parentOfTopLevelNameIsTheRoot() throws Exception {
    Name name = new Name();
    try (PathNode parent = paths.parent(call, path("/new"), name)) {
      assertEquals(NodeFs.ROOT_ID, parent.nodeid);
      assertEquals("new", name.toString());
    }
  }

  @Test
  void cacheIsBounded() throws Exception {
    for (int i = 0; i < 100; i++) {
      tree.file("/f" + i);
      resolve("/f" + i);
    }
    assertEquals(8, tree.references());
  }

  @Test
  void nodeInUseOutlivesItsPlaceInTheCache() throws Exception {
    tree.file("/f");
    tree.file("/d/x");
    try (PathNode node = paths.resolve(call, path("/f"))) {
      for (int i = 0; i < 20; i++) {
        tree.file("/d/" + i);
        resolve("/d/" + i);
      }
      paths.clear();
      assertEquals(1, tree.references());
      assertEquals(tree.nodeid("/f"), node.nodeid);
    }
    assertEquals(0, tree.references());
  }

  @Test
  void removedNameIsLookedUpAgain() throws Exception {
    tree.file("/f");
    long old = resolve("/f");
    fs.unlink(call.caller(), NodeFs.ROOT_ID, Name.copyOf(memory(), 0, "f".getBytes()));
    paths.removed(path("/f"));
    assertEquals(Errno.ENOENT, errno("/f"));
    tree.file("/f");
    assertTrue(resolve("/f") != old);
  }

  private ovl.sys.Memory memory() {
    return ovl.sys.Memory.map(sys, 100);
  }

  @Test
  void renamedDirectoryTakesItsPathsAlong() throws Exception {
    tree.file("/a/b/f");
    tree.file("/ab");
    long f = resolve("/a/b/f");
    resolve("/ab");
    fs.rename(
        call.caller(),
        NodeFs.ROOT_ID,
        Name.copyOf(memory(), 0, "a".getBytes()),
        NodeFs.ROOT_ID,
        Name.copyOf(memory(), 0, "z".getBytes()),
        0);
    long to = Scratch.current(sys).path2("/z".getBytes());
    paths.renamed(path("/a"), to);
    assertEquals(1, tree.references(), "only /ab stays");
    assertEquals(Errno.ENOENT, errno("/a/b/f"));
    assertEquals(f, resolve("/z/b/f"));
  }

  @Test
  void resultOfLookupThatOverlapsRemovalIsNotKept() throws Exception {
    tree.file("/f");
    long seen = paths.epoch();
    fs.lookup(call.caller(), NodeFs.ROOT_ID, Name.copyOf(memory(), 0, "f".getBytes()), call.entry);
    paths.removed(path("/f"));
    paths.adopt(path("/f"), call.entry, seen).close();
    assertEquals(0, tree.references());
  }

  @Test
  void hiddenNameLeadsToTheNodeUntilRevealed() throws Exception {
    tree.file("/d/f");
    String hidden = "/d/.fuse_hidden0000000100000002";
    long nodeid;
    try (PathNode node = paths.resolve(call, path("/d/f"));
        PathNode parent = paths.resolve(call, path("/d"))) {
      paths.hide(parent, NameKey.of(hidden.substring(3)), node);
      nodeid = node.nodeid;
    }
    paths.removed(path("/d/f"));
    assertEquals(nodeid, resolve(hidden));
    assertTrue(paths.isHidden(nodeid));
    paths.reveal(nodeid);
    assertEquals(Errno.ENOENT, errno(hidden));
  }

  @Test
  void clearForgetsHiddenNames() throws Exception {
    tree.file("/f");
    try (PathNode node = paths.resolve(call, path("/f"));
        PathNode parent = paths.resolve(call, path("/"))) {
      paths.hide(parent, NameKey.of(".fuse_hidden0000000100000002"), node);
    }
    paths.clear();
    assertEquals(0, tree.references());
  }

  /**
   * Three threads look up while one makes, moves and removes: nothing is lost or returned twice.
   */
  @Test
  void referencesBalanceUnderConcurrency() throws Exception {
    for (int i = 0; i < 10; i++) {
      tree.file("/d" + i % 3 + "/f" + i);
    }
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<Object>> results = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      long seed = i;
      results.add(pool.submit(() -> lookUpAtRandom(seed)));
    }
    results.add(pool.submit((Callable<Object>) this::changeAtRandom));
    for (Future<Object> result : results) {
      result.get();
    }
    pool.shutdown();
  }

  private Object lookUpAtRandom(long seed) {
    Random random = new Random(seed);
    Call mine = new Call(sys, TreeFs::root);
    for (int i = 0; i < 20_000; i++) {
      mine.begin();
      String at = "/d" + random.nextInt(4) + "/f" + random.nextInt(10);
      try (PathNode node = paths.resolve(mine, path(at))) {
        assertTrue(node.nodeid > 1);
      } catch (ErrnoException e) {
        assertEquals(Errno.ENOENT, e.errno());
      }
    }
    mine.close();
    return null;
  }

  private Object changeAtRandom() throws Exception {
    Random random = new Random(99);
    Handles handles = new Handles();
    Calls calls = new Calls(sys, TreeFs::root);
    PathOps ops = new PathOps(fs, calls, paths, handles);
    for (int i = 0; i < 10_000; i++) {
      String file = "/d" + random.nextInt(3) + "/f" + random.nextInt(10);
      switch (random.nextInt(4)) {
        case 0 -> ops.unlink(path(file));
        case 1 -> ops.mknod(path(file), 0100644, 0);
        case 2 -> {
          // To a name that is free, as the tree does not replace.
          if (tree.nodeid("/d3") == 0) {
            ops.rename(path("/d1"), Scratch.current(sys).path2("/d3".getBytes()));
          }
        }
        default -> {
          if (tree.nodeid("/d1") == 0) {
            ops.rename(path("/d3"), Scratch.current(sys).path2("/d1".getBytes()));
          }
        }
      }
    }
    return null;
  }
}
