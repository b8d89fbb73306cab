// An allocator for large tables that begin as zeros: takes pages straight from the kernel, which zeroes
// each when it is first touched. A std::vector of 32 MB is there at once, and no single payment pays
// for all of it. Large pages, where the system has them: a table that is read before it is written
// costs two faults a page, and the second interrupts the other processors. For types whose default
// value is all zeros, and vectors that never shrink and grow again. Thread: any.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include <sys/mman.h>

namespace giro::store {

template <class T>
struct ZeroedPages {
  using value_type = T;

  ZeroedPages() = default;
  template <class U>
  explicit ZeroedPages(const ZeroedPages<U>& /*other*/) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    void* pages = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    (void)::madvise(pages, count * sizeof(T), MADV_HUGEPAGE);
    return static_cast<T*>(pages);
  }
  void deallocate(T* pages, std::size_t count) { ::munmap(pages, count * sizeof(T)); }

  // A default value is there already.
  void construct(T* /*place*/) {}
  template <class... Arguments>
  void construct(T* place, Arguments&&... arguments) {
    ::new (static_cast<void*>(place)) T(std::forward<Arguments>(arguments)...);
  }

  friend bool operator==(const ZeroedPages& /*a*/, const ZeroedPages& /*b*/) { return true; }
};

}  // namespace giro::store
