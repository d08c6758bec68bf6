// Builds a heap and has it collected, for the collector's log to tell how long
// marking takes. The random draws are those of tests/bench/layout/graph.h.
//
//   java Marking graph|list|leaves OBJECTS COLLECTIONS
//
// Prints one line of JSON: what was collected, COLLECTIONS times each, last in
// the log.
public final class Marking {
  // What the array of roots of heap_bench is.
  private static Object root;
  private static int collections;

  public static void main(String[] args) {
    int objects = Integer.parseInt(args[1]);
    collections = Integer.parseInt(args[2]);
    Random64.check();
    switch (args[0]) {
      case "graph" -> graph(objects);
      case "list" -> list(objects);
      case "leaves" -> leaves(objects);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  // One random cycle through the first slots; the second ones refer to
  // anything. The array refers to all of them as well.
  private static void graph(int objects) {
    Thing[] things = settled(objects);
    Random64 random = new Random64(objects);
    for (Thing thing : things) {
      random.below(objects);  // heap_bench draws a first slot here, too
      thing.second = things[random.below(objects)];
    }
    int[] cycle = new int[objects];
    for (int i = 0; i < objects; ++i) cycle[i] = i;
    for (int i = objects; i > 1; --i) {
      int other = random.below(i);
      int last = cycle[i - 1];
      cycle[i - 1] = cycle[other];
      cycle[other] = last;
    }
    for (int i = 0; i < objects; ++i) {
      things[cycle[i]].first = things[cycle[(i + 1) % objects]];
    }
    collect();
    print(objects, "graph");
  }

  private static void list(int objects) {
    Thing[] things = settled(objects);
    for (int i = 1; i < objects; ++i) things[i - 1].first = things[i];
    root = things[0];
    things = null;
    collect();
    print(objects, "list");
  }

  private static void leaves(int objects) {
    Thing[] things = settled(objects);
    collect();
    Random64 random = new Random64(objects);
    for (int i = objects; i > 1; --i) {
      int other = random.below(i);
      Thing last = things[i - 1];
      things[i - 1] = things[other];
      things[other] = last;
    }
    collect();
    print(objects, "leaves in order", "shuffled leaves");
  }

  // In the old generation, in index order, before any link could have the
  // collector copy them in another one.
  private static Thing[] settled(int objects) {
    Thing[] things = new Thing[objects];
    root = things;
    for (int i = 0; i < objects; ++i) things[i] = new Thing(i);
    System.gc();
    return things;
  }

  private static void collect() {
    for (int i = 0; i < collections; ++i) System.gc();
  }

  private static void print(int objects, String... cases) {
    System.out.printf("{\"objects\": %d, \"collections\": %d, \"cases\": [\"%s\"]}%n",
        objects, collections, String.join("\", \"", cases));
  }
}
