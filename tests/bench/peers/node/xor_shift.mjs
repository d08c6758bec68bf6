// Marsaglia, "Xorshift RNGs", 2003: the same numbers as heap_bench and the
// program for Java, for next to nothing, since drawing is part of what is
// measured.
export class XorShift {
  #state = 1;

  below(limit) {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return Math.floor((this.#state >>> 0) * 2 ** -32 * limit);
  }
}
