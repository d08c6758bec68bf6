// std::mt19937_64, so that every program of the comparison makes the same
// choices. Single-threaded.
final class Random64 {
  private static final int SIZE = 312;
  private static final int SHIFT = 156;
  private static final long MATRIX = 0xB5026F5AA96619E9L;
  private static final long UPPER = 0xFFFFFFFF80000000L;
  // The C++ standard names the 10,000th number from the default seed.
  private static final long DEFAULT_SEED = 5489;
  private static final long TEN_THOUSANDTH = Long.parseUnsignedLong("9981545732273789042");

  private final long[] state = new long[SIZE];
  private int next = SIZE;

  Random64(long seed) {
    state[0] = seed;
    for (int i = 1; i < SIZE; ++i) {
      long before = state[i - 1];
      state[i] = 6364136223846793005L * (before ^ (before >>> 62)) + i;
    }
  }

  // A number below `limit`, as heap_bench draws it.
  int below(int limit) {
    return (int) (((draw() >>> 32) * limit) >>> 32);
  }

  // Ends the program when this is not that generator.
  static void check() {
    Random64 random = new Random64(DEFAULT_SEED);
    long last = 0;
    for (int i = 0; i < 10_000; ++i) last = random.draw();
    if (last != TEN_THOUSANDTH) throw new AssertionError("not mt19937_64");
  }

  private long draw() {
    if (next == SIZE) renew();
    long x = state[next++];
    x ^= (x >>> 29) & 0x5555555555555555L;
    x ^= (x << 17) & 0x71D67FFFEDA60000L;
    x ^= (x << 37) & 0xFFF7EEE000000000L;
    return x ^ (x >>> 43);
  }

  private void renew() {
    for (int i = 0; i < SIZE; ++i) {
      long mixed = (state[i] & UPPER) | (state[(i + 1) % SIZE] & ~UPPER);
      long twisted = (mixed & 1) == 0 ? 0 : MATRIX;
      state[i] = state[(i + SHIFT) % SIZE] ^ (mixed >>> 1) ^ twisted;
    }
    next = 0;
  }
}
