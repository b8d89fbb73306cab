// Asks the processor for a cache line that is going to be read: a hint that changes nothing.
// Thread: any.
#pragma once

namespace giro {

inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  // Without an effect that it knows of, GCC 12 drops the calls of a function that only prefetches.
  asm volatile("" : : "r"(address));
}

}  // namespace giro
