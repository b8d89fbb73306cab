// A value that few of its owners have: the others pay a pointer for it. Copies and comparisons are of what is in it.
// Values: any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace giro {

template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(std::nullptr_t /*none*/) {}  // NOLINT(google-explicit-constructor)
  Boxed(std::unique_ptr<T> value)
      : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    *this = Boxed(other);
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  // Null: there is none.
  [[nodiscard]] const T* get() const { return value_.get(); }
  [[nodiscard]] explicit operator bool() const { return value_ != nullptr; }
  // REQUIRES, here and below: there is one.
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] T& operator*() { return *value_; }
  [[nodiscard]] const T* operator->() const { return value_.get(); }
  [[nodiscard]] T* operator->() { return value_.get(); }
  // Made if there is none.
  T& make() {
    if (value_ == nullptr) value_ = std::make_unique<T>();
    return *value_;
  }

  friend bool operator==(const Boxed& a, std::nullptr_t) { return a.value_ == nullptr; }
  friend bool operator==(const Boxed& a, const Boxed& b) {
    return a.value_ == nullptr || b.value_ == nullptr ? a.value_ == b.value_ : *a == *b;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace giro
