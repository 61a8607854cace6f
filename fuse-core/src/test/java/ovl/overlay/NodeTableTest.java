package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.KernelNotifier;
import ovl.fs.NameKey;
import ovl.layer.RealDir;
import ovl.overlay.Node.RealKey;
import ovl.sys.Errno;
import ovl.sys.Linux;

final class NodeTableTest {
  @TempDir Path tmp;

  private final NodeTable nodes = new NodeTable(new KernelCache(), 64 << 20);
  private final Node root =
      nodes.create(Linux.S_IFDIR, 1, RealStack.directory(null, new RealDir[0]), null);

  private Node child(String name) {
    NameKey key = NameKey.of(name);
    Node node = nodes.create(Linux.S_IFREG, 9, RealStack.UPPER_LEAF, Place.onUpper(root, key));
    root.dir().children.put(key, node);
    return node;
  }

  @Test
  void nodeLivesWhileTheKernelRefersToIt() throws Exception {
    Node node = child("a");
    nodes.take(node);
    nodes.take(node);
    nodes.unref(node);
    nodes.forget(node.nodeid(), 1);
    assertSame(node, nodes.get(node.nodeid()));
    nodes.forget(node.nodeid(), 1);
    assertErrno(Errno.ESTALE, () -> nodes.get(node.nodeid()));
    assertTrue(root.dir().children.isEmpty());
    assertFalse(nodes.ref(node));
    assertEquals(1, nodes.count());
  }

  @Test
  void flagsThatSomebodySetAreNotForgottenByWhoReadThemBefore() {
    Node node = child("a");
    assertEquals(Node.PROTECTION_UNKNOWN, node.protection());
    node.setProtection(Protection.IMMUTABLE);
    node.learnProtection(0);
    assertEquals(Protection.IMMUTABLE, node.protection());
  }

  @Test
  void renumberedNodeIsKnownByAllItsNumbersUntilItIsForgotten() throws Exception {
    Node node = child("a");
    long first = node.nodeid();
    nodes.take(node);
    nodes.renumber(node, first);
    long second = node.nodeid();
    assertNotEquals(first, second);
    nodes.renumber(node, first); // by one who was slower
    assertEquals(second, node.nodeid());
    nodes.take(node);
    nodes.unref(node);
    nodes.forget(second, 1);
    assertSame(node, nodes.get(first));
    assertSame(node, nodes.get(second));
    nodes.forget(first, 1);
    assertErrno(Errno.ESTALE, () -> nodes.get(first));
    assertErrno(Errno.ESTALE, () -> nodes.get(second));
    assertEquals(1, nodes.count());
  }

  @Test
  void forgetOfTooManyTakesNoMoreThanThereAre() {
    Node node = child("a");
    nodes.take(node);
    nodes.forget(node.nodeid(), 5);
    assertEquals(0, node.nlookup);
    nodes.unref(node);
    assertEquals(1, nodes.count());
  }

  @Test
  void forgetOfUnknownNodesAndOfTheRootIsIgnored() throws Exception {
    nodes.forget(77, 1);
    nodes.forget(-1, 1);
    nodes.forget(1, 100);
    assertSame(root, nodes.get(1));
  }

  @Test
  void nodeidsAreNotUsedAgain() {
    Node first = child("a");
    nodes.unref(first);
    Node second = child("a");
    assertNotEquals(first.nodeid(), second.nodeid());
    assertSame(second, root.dir().children.get(NameKey.of("a")));
  }

  @Test
  void childKeepsItsParent() {
    NameKey name = NameKey.of("d");
    Node dir =
        nodes.create(
            Linux.S_IFDIR, 2, RealStack.directory(null, new RealDir[0]), Place.onUpper(root, name));
    root.dir().children.put(name, dir);
    Node leaf =
        nodes.create(
            Linux.S_IFREG, 3, RealStack.UPPER_LEAF, Place.onUpper(dir, NameKey.of("leaf")));
    nodes.unref(dir);
    assertEquals(3, nodes.count());
    nodes.unref(leaf);
    assertEquals(1, nodes.count());
  }

  @Test
  void hardLinkIsFoundByItsRealFileUntilItGoes() {
    Node node = child("a");
    RealKey key = new RealKey(1, 2);
    nodes.addHardLink(key, node);
    assertSame(node, nodes.hardLink(key));
    nodes.unref(node);
    assertNull(nodes.hardLink(key));
  }

  @Test
  void renamedNodeIsUnderItsNewNameOnly() {
    Node node = child("a");
    nodes.movePlaceLocked(node, root, NameKey.of("a"), Place.onUpper(root, NameKey.of("b")));
    assertNull(node.placeAtLocked(root, NameKey.of("a")));
    assertEquals(NameKey.of("b"), node.place().name());
  }

  @Test
  void upperNameComesFirst() {
    Node node = child("a");
    nodes.addPlaceLocked(node, Place.onUpper(root, NameKey.of("b")));
    assertEquals(2, node.placesLocked().size());
    nodes.removePlaceLocked(node, root, NameKey.of("a"));
    assertEquals(NameKey.of("b"), node.place().name());
    assertFalse(node.isRemoved());
    nodes.removePlaceLocked(node, root, NameKey.of("b"));
    assertTrue(node.isRemoved());
    nodes.unref(node);
    assertEquals(1, nodes.count());
  }

  /** A kernel that forgets what it is asked to; nodes are looked up by the number alone. */
  @Test
  void kernelIsAskedToForgetTheOldestOfTooMany() {
    KernelCache kernel = new KernelCache();
    NodeTable small = new NodeTable(kernel, 1 << 20);
    List<Long> asked = new ArrayList<>();
    kernel.attach(
        new KernelNotifier() {
          @Override
          public void invalidateAttributes(long nodeid) {}

          @Override
          public boolean canStore() {
            return false;
          }

          @Override
          public void store(long nodeid, long address, int length) {
            throw new AssertionError("data for the kernel");
          }

          @Override
          public boolean canPrune() {
            return true;
          }

          @Override
          public void prune(long[] nodeids) {
            for (long nodeid : nodeids) {
              asked.add(nodeid);
              small.forget(nodeid, 1);
            }
          }
        });
    Node top = small.create(Linux.S_IFDIR, 1, RealStack.directory(null, new RealDir[0]), null);
    for (int i = 0; i < 20_000; i++) {
      Place place = Place.onUpper(top, NameKey.of("f" + i));
      Node node = small.create(Linux.S_IFREG, i, RealStack.UPPER_LEAF, place);
      small.take(node);
      small.unref(node);
    }
    assertTrue(small.count() < 2_500, () -> small.count() + " nodes");
    assertEquals(asked.stream().sorted().toList(), asked);
    assertEquals(small.count(), 20_001 - asked.stream().filter(id -> id != top.nodeid()).count());
  }

  @Test
  void oneNodeIsLeftWhenTheKernelForgotAll() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", dir("e", file("a"), file("b")))).mount()) {
      m.view().entries("d/e", 10, true);
      m.view().chmod("d/e/a", 0600);
      m.view().link("d/e/a", "d/c");
      m.view().unlink("d/e/b");
      m.view().rename("d/c", "c");
      long unnamed = m.view().tmpfile("d", 0600)[1];
      Invariants.checkInvariants(m.fs());
      long open = m.view().open("c", Linux.O_RDONLY);
      m.view().forgetAll();
      Invariants.checkInvariants(m.fs());
      m.view().release(open);
      m.view().release(unnamed);
      assertEquals(1, m.fs().nodeCount());
    }
  }

  @Test
  void forgettingParentsBeforeChildrenOfADeepTreeWorks() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      int depth = 300;
      long[] ids = new long[depth];
      ovl.fs.Entry entry = new ovl.fs.Entry();
      long parent = 1;
      for (int i = 0; i < depth; i++) {
        m.fs().mkdir(m.view().caller(), parent, m.view().name("d"), 0755, entry);
        parent = ids[i] = entry.nodeid;
      }
      for (long id : ids) {
        m.fs().forget(id, 1);
      }
      assertEquals(1, m.fs().nodeCount());
    }
  }
}
