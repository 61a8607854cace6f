package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;

final class SubdirectoryCountTest {
  private final ReentrantReadWriteLock dirLock = new ReentrantReadWriteLock();
  private final SubdirectoryCount count = new SubdirectoryCount(dirLock);

  private void come(boolean isDirectory) {
    dirLock.writeLock().lock();
    count.cameLocked(isDirectory);
    dirLock.writeLock().unlock();
  }

  private void go(boolean isDirectory) {
    dirLock.writeLock().lock();
    count.wentLocked(isDirectory);
    dirLock.writeLock().unlock();
  }

  @Test
  void whatWasCountedIsKeptUpToDate() {
    assertEquals(SubdirectoryCount.UNKNOWN, count.get());
    come(true);
    assertEquals(SubdirectoryCount.UNKNOWN, count.get());
    count.end(count.begin(), 7);
    assertEquals(7, count.get());
    come(true);
    come(true);
    go(true);
    assertEquals(8, count.get());
    come(false);
    go(false);
    assertEquals(8, count.get());
  }

  @Test
  void fileThatComesDoesNotDisturbCounting() {
    long begun = count.begin();
    come(false);
    count.end(begun, 7);
    assertEquals(7, count.get());
  }

  @Test
  void whatWasCountedBesideAChangeIsNotKept() {
    long begun = count.begin();
    come(true);
    count.end(begun, 7);
    assertEquals(SubdirectoryCount.UNKNOWN, count.get());
  }

  /** Its directory is on disk, so that it is among those counted, and will be told. */
  @Test
  void whatWasCountedDuringAChangeIsNotKept() {
    dirLock.writeLock().lock();
    long begunInChange = count.begin();
    dirLock.writeLock().unlock();
    count.end(begunInChange, 7);
    assertEquals(SubdirectoryCount.UNKNOWN, count.get());
    long begun = count.begin();
    dirLock.writeLock().lock();
    count.end(begun, 7);
    dirLock.writeLock().unlock();
    assertEquals(SubdirectoryCount.UNKNOWN, count.get());
  }
}
