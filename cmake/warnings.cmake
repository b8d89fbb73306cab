# Every target links giro_options: the language level, the warnings (all of them errors) and the sanitizers.
add_library(giro_options INTERFACE)
target_include_directories(giro_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(giro_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# GCC 12 takes strings that are joined for overlapping ones, by the luck of its inlining.
target_compile_options(giro_options
                       INTERFACE $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
# libstdc++ 12 sorts by what C++17 deprecated, and clang tells of that in its headers, too.
target_compile_options(giro_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

if(GIRO_SANITIZE)
  target_compile_options(giro_options INTERFACE -fsanitize=${GIRO_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all
                                                # GCC takes its own instrumentation for unset variables.
                                                $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(giro_options INTERFACE -fsanitize=${GIRO_SANITIZE})
  if(GIRO_SANITIZE MATCHES "thread")
    # GCC 12 warns of atomic_thread_fence in library headers under -fsanitize=thread.
    target_compile_options(giro_options INTERFACE -Wno-tsan)
  endif()
endif()
