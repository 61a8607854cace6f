package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import ovl.sys.Linux;

final class ReadersTest {
  private static final int FIND = 1000;
  private static final int LS = 1001;

  private final Readers readers = new Readers();
  private final Node dir = new Node(2, Linux.S_IFDIR, 2, null);

  private void lookUp(int pid, Node in, int count) {
    for (int i = 0; i < count; i++) {
      readers.lookedUp(pid, in);
    }
  }

  @Test
  void nobodyIsKnownToLookAtFirst() {
    assertFalse(readers.wantsAttributes(FIND));
    assertFalse(readers.wantsAttributes(0));
  }

  @Test
  void whoLooksAtAQuarterOfTheNamesWantsAttributes() {
    readers.named(FIND, dir, 100);
    lookUp(FIND, dir, 24);
    assertFalse(readers.wantsAttributes(FIND));
    lookUp(FIND, dir, 1);
    assertTrue(readers.wantsAttributes(FIND));
    assertFalse(readers.wantsAttributes(LS));
  }

  @Test
  void othersLookupsAndThoseElsewhereDoNotCount() {
    Node other = new Node(3, Linux.S_IFDIR, 3, null);
    readers.named(FIND, dir, 10);
    readers.named(LS, other, 10);
    lookUp(LS, dir, 10);
    lookUp(FIND, other, 10);
    assertFalse(readers.wantsAttributes(FIND));
    assertFalse(readers.wantsAttributes(LS));
  }

  @Test
  void whoStopsLookingGetsNamesAgain() {
    readers.named(FIND, dir, 100_000);
    lookUp(FIND, dir, 100_000);
    assertTrue(readers.wantsAttributes(FIND));
    for (int i = 0; i < 1000; i++) {
      readers.named(FIND, dir, 200);
    }
    assertFalse(readers.wantsAttributes(FIND));
  }

  @Test
  void whoStartsLookingGetsAttributesHoweverMuchItDidNotLookAt() {
    readers.named(FIND, dir, Integer.MAX_VALUE);
    for (int i = 0; i < 100; i++) {
      readers.named(FIND, dir, 1000);
      lookUp(FIND, dir, 1000);
    }
    assertTrue(readers.wantsAttributes(FIND));
  }

  @Test
  void processThatSharesAPlaceBeginsAnew() {
    int same = FIND + 64;
    readers.named(FIND, dir, 10);
    lookUp(FIND, dir, 10);
    assertFalse(readers.wantsAttributes(same));
    readers.named(same, dir, 10);
    assertFalse(readers.wantsAttributes(same));
    assertFalse(readers.wantsAttributes(FIND));
  }

  @Test
  void processesWithoutANumberAreNotTakenForOne() {
    readers.named(0, dir, 10);
    lookUp(0, dir, 10);
    assertFalse(readers.wantsAttributes(0));
  }
}
