package ovl.overlay;

import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.OpenResult;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/** Makes a file and opens it in one step: O_CREAT and O_TMPFILE. */
final class CreateOpen {
  private final NodeTable nodes;
  private final Create create;
  private final Lookup lookup;
  private final Handles handles;
  private final Answers answers;

  CreateOpen(VerbContext context, Create create, Lookup lookup, Handles handles, Answers answers) {
    this.nodes = context.nodes();
    this.create = create;
    this.lookup = lookup;
    this.handles = handles;
    this.answers = answers;
  }

  /** Makes a file, or opens the one that somebody else made first, unless O_EXCL forbids it. */
  void file(CreateContext context, int mode, int flags, OpenResult out) throws ErrnoException {
    handles.checkCapacity();
    for (; ; ) {
      try {
        opened(create.file(context, mode, handles.realFlags(flags)), flags, context.out(), out);
        return;
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EEXIST || (flags & Linux.O_EXCL) != 0) {
          throw e;
        }
      }
      if (openExisting(context, flags, out)) {
        return;
      }
    }
  }

  /** Makes a file without a name. */
  void unnamed(Caller caller, Node dir, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    handles.checkCapacity();
    entry.nodeid = 0;
    opened(create.tmpfile(caller, dir, mode, handles.realFlags(flags)), flags, entry, out);
  }

  /** False if the file is gone again. */
  private boolean openExisting(CreateContext context, int flags, OpenResult out)
      throws ErrnoException {
    Node node = lookup.child(context.dir(), context.name());
    if (node == null) {
      return false;
    }
    Entry entry = context.out();
    out.clear();
    boolean done = false;
    try {
      entry.nodeid = 0;
      handles.open(node, flags, false, out);
      nodes.ref(node);
      answers.give(node, entry);
      Answers.distrust(entry);
      done = true;
      return true;
    } finally {
      if (!done) {
        handles.release(out.fh);
      }
      nodes.unref(node);
    }
  }

  private void opened(Create.Opened made, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    made.node().takePages();
    handles.add(new OpenFile(made.node(), handles.kept(flags), false, made.fd(), true), out);
    boolean done = false;
    try {
      answers.give(made.node(), entry);
      if (made.node().mayChangeUnseen()) {
        Answers.distrust(entry);
      }
      done = true;
    } finally {
      if (!done) {
        handles.release(out.fh);
      }
    }
  }
}
