// What a stream of requests is made of, and what its replies must look like.
//
// What always holds: a reply that isn't exactly what the work demands is a Failure. Thread: the one
// of the driver.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "bench/load/elements.hpp"
#include "bench/load/failure.hpp"
#include "bench/load/payment_maker.hpp"

namespace giro::load {

inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

class Traffic {
 public:
  virtual ~Traffic() = default;

  // Appends one request, a whole line, with this id; false: there are no more.
  [[nodiscard]] virtual bool append_next(std::string& out, std::uint64_t id) = 0;
  // It is HTTP, a request at a time: a reply is a line of a body, whose id is 0.
  [[nodiscard]] virtual bool is_http() const { return false; }
  // Checks what stands behind `"result":` of a reply: how many units of work (payments, pages) it
  // stands for.
  [[nodiscard]] virtual Result<std::uint64_t> take(std::string_view result) = 0;
  // A line that answers no request.
  [[nodiscard]] virtual Result<void> take_notification(std::string_view line);
};

// What became of the payments of a stream.
struct Decided {
  std::uint64_t applied = 0;
  std::uint64_t rejected = 0;
  [[nodiscard]] std::uint64_t total() const { return applied + rejected; }
};

// accounts.open for every account of a plan. Their floor is so low that no payment of a workload
// meets it, and yet each is checked against it.
class OpenAccounts : public Traffic {
 public:
  explicit OpenAccounts(std::uint32_t accounts) : accounts_(accounts) {}
  bool append_next(std::string& out, std::uint64_t id) override;
  Result<std::uint64_t> take(std::string_view result) override;

 private:
  std::uint32_t accounts_;
  std::uint32_t next_ = 0;
};

// payments.submit, one payment a request.
class SinglePayments : public Traffic {
 public:
  explicit SinglePayments(const PaymentPlan& plan, std::uint64_t limit = kNoLimit)
      : maker_(plan), limit_(limit) {}
  bool append_next(std::string& out, std::uint64_t id) override;
  Result<std::uint64_t> take(std::string_view result) override;
  [[nodiscard]] const Decided& decided() const { return decided_; }

 protected:
  [[nodiscard]] bool has_more() const { return next_ != limit_; }
  // REQUIRES: has_more().
  void append_params(std::string& out) { maker_.append(out, next_++); }

 private:
  PaymentMaker maker_;
  std::uint64_t limit_;
  std::uint64_t next_ = 0;
  Decided decided_;
};

// POST /v1/payments, likewise.
class HttpPayments : public SinglePayments {
 public:
  using SinglePayments::SinglePayments;
  bool append_next(std::string& out, std::uint64_t id) override;
  [[nodiscard]] bool is_http() const override { return true; }
  Result<std::uint64_t> take(std::string_view result) override;

 private:
  std::string body_;
};

// payments.submit_many, in groups of any elements.
class PaymentGroups : public Traffic {
 public:
  PaymentGroups(Element element, std::uint64_t elements, std::uint64_t elements_a_request)
      : append_element_(std::move(element)), limit_(elements), group_(elements_a_request) {}
  bool append_next(std::string& out, std::uint64_t id) override;
  Result<std::uint64_t> take(std::string_view result) override;
  [[nodiscard]] const Decided& decided() const { return decided_; }

 private:
  Element append_element_;
  std::uint64_t limit_;
  std::uint64_t group_;
  std::uint64_t next_ = 0;
  Decided decided_;
};

// The parts that requests of one method share.
void append_request_head(std::string& out, std::uint64_t id, std::string_view method);
// The number behind `name`, e.g. `"seq":`; nothing there: kNoLimit.
[[nodiscard]] std::uint64_t number_behind(std::string_view text, std::string_view name);
// A reply that isn't what was asked for.
[[nodiscard]] std::unexpected<Failure> unexpected_reply(std::string_view reply);

}  // namespace giro::load
