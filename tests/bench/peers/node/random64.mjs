// std::mt19937_64, so that every program of the comparison makes the same
// choices. In halves of 32 bits: only the upper one of a number is drawn, and
// no BigInt is made while something is measured.

const SIZE = 312;
const SHIFT = 156;
// The C++ standard names the 10,000th number from the default seed.
const DEFAULT_SEED = 5489;
const TEN_THOUSANDTH = 9981545732273789042n;

export class Random64 {
  #high = new Uint32Array(SIZE);
  #low = new Uint32Array(SIZE);
  #next = SIZE;

  constructor(seed) {
    let word = BigInt(seed);
    for (let i = 0n; i < SIZE; ++i) {
      if (i > 0n) {
        word = BigInt.asUintN(
            64, 6364136223846793005n * (word ^ (word >> 62n)) + i);
      }
      this.#high[Number(i)] = Number(word >> 32n);
      this.#low[Number(i)] = Number(word & 0xffffffffn);
    }
  }

  // A number below `limit`, as heap_bench draws it: the product of both is
  // wider than a double, so it is taken in two parts.
  below(limit) {
    const high = this.#drawHigh();
    const part = Math.floor((high & 0xffff) * limit / 65536);
    return Math.floor(((high >>> 16) * limit + part) / 65536);
  }

  // Ends the program when this is not that generator.
  static check() {
    const random = new Random64(DEFAULT_SEED);
    let high = 0;
    for (let i = 0; i < 10_000; ++i) high = random.#drawHigh();
    if (high !== Number(TEN_THOUSANDTH >> 32n)) {
      throw new Error('not mt19937_64');
    }
  }

  #drawHigh() {
    if (this.#next === SIZE) this.#renew();
    let high = this.#high[this.#next];
    let low = this.#low[this.#next];
    ++this.#next;
    // Only what the upper half depends on: x ^= (x >>> 29) & 0x5555...
    low ^= ((high << 3) | (low >>> 29)) & 0x55555555;
    high ^= (high >>> 29) & 0x55555555;
    // x ^= (x << 17) & 0x71d67fffeda60000
    high ^= ((high << 17) | (low >>> 15)) & 0x71d67fff;
    low ^= (low << 17) & 0xeda60000;
    // x ^= (x << 37) & 0xfff7eee000000000; the last shift is below it.
    high ^= (low << 5) & 0xfff7eee0;
    return high >>> 0;
  }

  #renew() {
    const high = this.#high;
    const low = this.#low;
    for (let i = 0; i < SIZE; ++i) {
      // The upper 33 bits of this word and the lower 31 of the next one.
      const after = (i + 1) % SIZE;
      const mixed = (low[i] & 0x80000000) | (low[after] & 0x7fffffff);
      const odd = -(mixed & 1);
      const from = (i + SHIFT) % SIZE;
      low[i] = low[from] ^ ((high[i] << 31) | (mixed >>> 1)) ^
          (odd & 0xa96619e9);
      high[i] = high[from] ^ (high[i] >>> 1) ^ (odd & 0xb5026f5a);
    }
    this.#next = 0;
  }
}
