// Marsaglia, "Xorshift RNGs", 2003: the same numbers as heap_bench and the
// program for Node, for next to nothing, since drawing is part of what is
// measured.
final class XorShift {
  private int state = 1;

  int below(int limit) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (int) (Integer.toUnsignedLong(state) * 0x1p-32 * limit);
  }
}
