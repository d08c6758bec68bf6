import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

// The suite "short" of heap_bench: objects most of which die at once, every
// tenth of which goes to a random place of a table, while about every other
// refers to an object that lives there. In batches of 64, each by the clock.
//
//   java Churn LIVE ALLOCATIONS
//
// Prints one line of JSON.
public final class Churn {
  private static final int BATCH = 64;
  private static final int LINKS = 32;  // of a batch
  // Before anything is measured, a tenth of the allocations give the compiler
  // its time.
  private static final int WARM_UP = 10;

  private final Thing[] table;
  private final XorShift random = new XorShift();
  private final int[] operands = new int[2 * BATCH];
  private long places;  // the sum of all that were drawn: the same everywhere

  private Churn(int live) {
    table = new Thing[live];
    for (int i = 0; i < live; ++i) table[i] = new Thing(i);
    System.gc();
  }

  public static void main(String[] args) {
    int live = Integer.parseInt(args[0]);
    int allocations = Integer.parseInt(args[1]);
    Churn churn = new Churn(live);
    churn.allocate(allocations / WARM_UP, new float[allocations / BATCH + 1]);
    float[] waits = new float[(allocations + BATCH - 1) / BATCH];
    long before = collections();
    long start = System.nanoTime();
    churn.allocate(allocations, waits);
    double seconds = (System.nanoTime() - start) * 1e-9;
    long collections = collections() - before;
    Arrays.sort(waits);
    System.out.printf("{\"objects\": %d, \"per_second\": %.0f, "
            + "\"p50_ms\": %.5f, \"p99_ms\": %.5f, \"p999_ms\": %.5f, \"max_ms\": %.5f, "
            + "\"collections\": %d, \"places\": %d}%n",
        live, waits.length * (double) BATCH / seconds, percentile(waits, 0.5),
        percentile(waits, 0.99), percentile(waits, 0.999), percentile(waits, 1.0),
        collections, churn.places);
  }

  private void allocate(int count, float[] waits) {
    int batch = 0;
    for (int done = 0; done < count; done += BATCH) {
      choose();
      long start = System.nanoTime();
      apply(done);
      waits[batch++] = (System.nanoTime() - start) * 1e-6f;
    }
  }

  // The links of a batch first, then its places.
  private void choose() {
    int used = 0;
    for (int i = 0; i < BATCH; ++i) {
      if (isLinked(i)) used = draw(used);
    }
    for (int i = 0; i < BATCH; i += 10) used = draw(used);
  }

  private int draw(int used) {
    int place = random.below(table.length);
    places += place;
    operands[used] = place;
    return used + 1;
  }

  private void apply(long word) {
    int link = 0;
    int place = LINKS;
    for (int i = 0; i < BATCH; ++i) {
      Thing thing = new Thing(word);
      if (isLinked(i)) thing.first = table[operands[link++]];
      if (i % 10 == 0) table[operands[place++]] = thing;
    }
  }

  private static boolean isLinked(int i) {
    return (i / 10 + i) % 2 == 0;
  }

  // Of any kind. Collectors that run beside the program report each of their
  // pauses as well.
  private static long collections() {
    long count = 0;
    for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (!bean.getName().endsWith("Pauses")) count += bean.getCollectionCount();
    }
    return count;
  }

  private static float percentile(float[] sorted, double fraction) {
    int rank = (int) (fraction * sorted.length);
    return sorted[Math.min(sorted.length - 1, rank)];
  }
}
