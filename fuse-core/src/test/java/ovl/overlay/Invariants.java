package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import ovl.fs.NodeFs;
import ovl.sys.ErrnoException;

/** What must be true of all nodes of an overlay at a moment when no operation is going on. */
final class Invariants {
  private Invariants() {}

  static void checkInvariants(OverlayFs fs) {
    NodeTable nodes = fs.nodes();
    Map<Node, Integer> named = new HashMap<>();
    nodes.forEach(node -> checkNode(nodes, node, named));
    named.forEach(
        (parent, count) ->
            assertTrue(parent.refs >= count, parent + " has " + count + " named children"));
  }

  private static void checkNode(NodeTable nodes, Node node, Map<Node, Integer> named) {
    assertFalse(node.dead, node + " is dead but in the table");
    assertTrue(node.nlookup >= 0, node + " nlookup " + node.nlookup);
    assertTrue(node.refs >= 0, node + " refs " + node.refs);
    for (Place place : node.placesLocked()) {
      assertSame(place.parent(), inTable(nodes, place.parent()), "parent of " + node);
      assertSame(
          node, place.parent().dir().children.get(place.name()), node + " among the children");
      assertEquals(node.isOnUpper(), isOnUpper(node, place), node + " where its place says");
      named.merge(place.parent(), 1, Integer::sum);
    }
    if (node.nodeid() != NodeFs.ROOT_ID) {
      assertTrue(
          node.nlookup > 0 || node.refs > 0, node + " is in the table but nobody refers to it");
      assertTrue(
          node.place() != null || node.orphan() != null, node + " has neither name nor descriptor");
    }
    if (node.isDirectory()) {
      node.dir()
          .children
          .forEach(
              (name, child) -> {
                assertSame(child, inTable(nodes, child), child + " a child of " + node);
                assertTrue(
                    child.placeAtLocked(node, name) != null, child + " knows its name " + name);
              });
    }
  }

  /** A file on upper may still have lower names, but a lower file has no name on upper. */
  private static boolean isOnUpper(Node node, Place place) {
    return node.isDirectory() || !place.isUpper() ? node.isOnUpper() : place.isUpper();
  }

  private static Node inTable(NodeTable nodes, Node node) {
    try {
      return nodes.get(node.nodeid());
    } catch (ErrnoException e) {
      return null;
    }
  }
}
