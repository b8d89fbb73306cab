// Requests as bytes. The numbers of fields are those of etcd's rpc.proto.
#include <array>

#include "queue/etcd/messages.hpp"
#include "queue/etcd/protobuf.hpp"

namespace giro::etcd {
namespace {

template <class Out>
void write(Out& out, const RangeRequest& request) {
  out.bytes(1, request.key);
  out.bytes(2, request.range_end);
  out.number(3, request.limit);
  out.number(7, request.serializable);
  out.number(8, request.keys_only);
  out.number(9, request.count_only);
}

template <class Out>
void write(Out& out, const PutRequest& request) {
  out.bytes(1, request.key);
  out.bytes(2, request.value);
}

template <class Out>
void write(Out& out, const DeleteRangeRequest& request) {
  out.bytes(1, request.key);
  out.bytes(2, request.range_end);
}

template <class Out>
void write(Out& out, const Compare& compare) {
  out.number(1, static_cast<int>(compare.relation));
  out.number(2, static_cast<int>(compare.target));
  out.bytes(3, compare.key);
  // Which of them is there tells nothing: one that is 0 or empty isn't, and etcd takes it for that.
  switch (compare.target) {
    case Compare::Target::version:
      return out.number(4, compare.number);
    case Compare::Target::created:
      return out.number(5, compare.number);
    case Compare::Target::modified:
      return out.number(6, compare.number);
    case Compare::Target::value:
      return out.bytes(7, compare.value);
  }
}

template <class Out>
void write(Out& out, const Operation& operation) {
  const auto field = static_cast<std::uint32_t>(operation.index() + 1);
  std::visit(
      [&](const auto& request) { out.message(field, [&](auto& inner) { write(inner, request); }); },
      operation);
}

template <class Out>
void write(Out& out, const TxnRequest& request) {
  const auto each = [&out](std::uint32_t field, const auto& parts) {
    for (const auto& part : parts) out.message(field, [&part](auto& inner) { write(inner, part); });
  };
  each(1, request.compares);
  each(2, request.success);
  each(3, request.failure);
}

template <class Out>
void write(Out& out, const CompactRequest& request) {
  out.number(1, request.revision);
  out.number(2, request.physical);
}

template <class Out>
void write(Out& /*out*/, const StatusRequest& /*request*/) {}

template <class Out>
void write(Out& out, const AlarmRequest& request) {
  out.number(1, static_cast<int>(request.action));
  out.number(2, request.alarm.member);
  out.number(3, static_cast<int>(request.alarm.type));
}

template <class Out>
void write(Out& /*out*/, const DefragmentRequest& /*request*/) {}

template <class Out>
void write(Out& out, const MemberListRequest& request) {
  out.number(1, request.linearizable);
}

constexpr std::array<std::string_view, std::variant_size_v<Request>> kPaths{
    "/etcdserverpb.KV/Range",          "/etcdserverpb.KV/Put",
    "/etcdserverpb.KV/DeleteRange",    "/etcdserverpb.KV/Txn",
    "/etcdserverpb.KV/Compact",        "/etcdserverpb.Maintenance/Status",
    "/etcdserverpb.Maintenance/Alarm", "/etcdserverpb.Maintenance/Defragment",
    "/etcdserverpb.Cluster/MemberList"};

}  // namespace

std::string end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
  return end;
}

std::string_view path_of(const Request& request) {
  return kPaths[request.index()];
}

void append(std::string& out, const Request& request) {
  ProtoWriter writer(out);
  std::visit([&writer](const auto& one) { write(writer, one); }, request);
}

void append_watch(std::string& out, std::string_view key) {
  ProtoWriter(out).message(1, [key](auto& create) {
    create.bytes(1, key);
    create.number(4, 1);  // It tells now and then how far it is, though nothing happens.
  });
}

}  // namespace giro::etcd
