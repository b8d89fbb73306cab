#include "session/admission.hpp"

#include <utility>

#include "engine/refusals.hpp"
#include "session/session.hpp"

namespace giro {
namespace {

std::size_t bytes_of(const PaymentOptions& options) {
  return sizeof options + options.reference.size() + options.description.size() +
         options.metadata.size() + options.traceparent.size();
}

std::size_t bytes_of(const AccountTerms& terms) {
  return sizeof terms + terms.metadata.value_or("").size() +
         (terms.limits ? terms.limits->size() * sizeof(VelocityLimit) : 0);
}

Weight weigh(const CheckedPayment& payment) {
  return weight_of(payment);
}
Weight weigh(const CheckedHold& hold) {
  return weight_of(hold.payment());
}
Weight weigh(const CheckedSchedule& schedule) {
  return weight_of(schedule.payment());
}
Weight weigh(const CheckedOpenAccount& open) {
  return {.items = 1, .bytes = sizeof open + open.metadata().size()};
}
template <class Small>
Weight weigh(const Small& command) {
  std::size_t bytes = sizeof command + command.key().bytes_outside();
  if constexpr (requires { command.options(); }) {
    if (const PaymentOptions* options = command.options()) bytes += bytes_of(*options);
  }
  if constexpr (requires { command.terms()->metadata; }) {
    if (const AccountTerms* terms = command.terms()) bytes += bytes_of(*terms);
  }
  return {.items = 1, .bytes = bytes};
}

}  // namespace

Weight weight_of(const CheckedPayment& payment) {
  std::size_t bytes = sizeof(CheckedPayment) + payment.key().bytes_outside();
  if (const PaymentOptions* options = payment.options()) {
    bytes += bytes_of(*options);
    if (payment.legs().size() > 1) bytes += payment.legs().size_bytes();
  }
  return {.items = payment.legs().size(), .bytes = bytes};
}

Weight weight_of(const Command& command) {
  return std::visit([](const auto& kind) { return weigh(kind); }, command);
}

Problem admit(Request& request, Work work, Weight weight, std::unique_ptr<PendingExtra> extra,
              std::uint32_t window_weight) {
  Session& session = request.session;
  const bool is_replied = extra && !extra->notification.empty();
  weight.bytes += request.to.id.size();
  Holding items(session.user(), Bound::queue_items);
  Holding bytes(session.user(), Bound::queue_bytes);
  if (!items.resize(weight.items) || !bytes.resize(weight.bytes)) {
    return busy("the queue is full, or holds as much of this user's as it may");
  }
  const std::uint32_t slot = session.slots().add({.items = std::move(items),
                                                  .bytes = std::move(bytes),
                                                  .to = is_replied ? ReplyTo{} : request.to,
                                                  .weight = window_weight,
                                                  .extra = std::move(extra)});
  const Admission admission =
      request.postponed.push({.reply_to = {.connection = session.id(), .slot = slot},
                              .uid = session.peer().uid,
                              .work = std::move(work)},
                             weight, request.min_seq);
  if (admission == Admission::accepted) return std::nullopt;
  (void)session.slots().take(slot);
  return refusal_of(admission);
}

std::optional<Refusal> refusal_of_access(const Request& request, const Method& method,
                                         const Command& command) {
  const Access& access = request.session.access();
  return std::visit(
      [&]<class Kind>(const Kind& kind) -> std::optional<Refusal> {
        if constexpr (!Kind::kIsKeyed) return std::nullopt;  // Who may open accounts may open any.
        if constexpr (requires { access.refusal(method, kind); }) {
          return access.refusal(method, kind);
        } else {
          return access.refusal(method, kind.key());
        }
      },
      command);
}

}  // namespace giro
