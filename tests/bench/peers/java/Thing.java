// What heap_bench allocates: two slots and 32 bytes of payload, which are
// written when it is made. 56 bytes with compressed references, 64 without.
final class Thing {
  Thing first;
  Thing second;
  long a;
  long b;
  long c;
  long d;

  Thing(long word) {
    a = word;
    b = word;
    c = word;
    d = word;
  }
}
