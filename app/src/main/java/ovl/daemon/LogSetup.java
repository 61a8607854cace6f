package ovl.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOP_FallbackServiceProvider;

/**
 * Logging without a configuration file: logback finds this class as a service and asks it first, so
 * that it searches for nothing else, which would cost more than all the rest of logging.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * Makes the log go where the options say. Without a place for it there is none, and logback is
   * not even loaded, which is a noticeable part of the time from start to mounted. To be called
   * before the first logger is made.
   */
  static void apply(LogOptions options) {
    if (options.file() == null && !options.isOnTerminal()) {
      System.setProperty("slf4j.internal.verbosity", "ERROR");
      System.setProperty(
          LoggerFactory.PROVIDER_PROPERTY_KEY, NOP_FallbackServiceProvider.class.getName());
      return;
    }
    loadSilentLogger();
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    OutputStreamAppender<ILoggingEvent> appender;
    if (options.file() != null) {
      FileAppender<ILoggingEvent> file = new FileAppender<>();
      file.setFile(options.file().toString());
      appender = file;
    } else {
      ConsoleAppender<ILoggingEvent> terminal = new ConsoleAppender<>();
      terminal.setTarget("System.err");
      appender = terminal;
    }
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5level [%thread] %logger{0}: %msg%n");
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.addAppender(appender);
    root.setLevel(Level.WARN);
    context.getLogger("ovl").setLevel(options.isDebug() ? Level.TRACE : Level.INFO);
  }

  /**
   * What a daemon without a log uses. The trials that show which classes belong into the archive
   * have a log; without this each daemon that has none would read these from their jar, which takes
   * 14 ms of its start.
   */
  private static void loadSilentLogger() {
    new NOP_FallbackServiceProvider().getLoggerFactory().getLogger(Logger.ROOT_LOGGER_NAME);
  }

  /** Writes out what is still held. */
  static void flush() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.stop();
    }
  }
}
