-- What wrk asks: the paths of a file one after the other, round and round.
-- wrk ... load.lua http://... -- PATHS HOST [MARK]; with a mark no Host is sent twice, so that no held answer fits.

local requests, path, number = {}, 0, 0

function init(args)
  local host, mark = args[2], args[3]
  for line in io.lines(args[1]) do
    if mark then
      requests[#requests + 1] = "GET " .. line .. " HTTP/1.1\r\nHost: " .. mark .. "-"
    else
      requests[#requests + 1] = "GET " .. line .. " HTTP/1.1\r\nHost: " .. host .. "\r\n\r\n"
    end
  end
  ending = mark and "." .. host .. "\r\n\r\n"
end

function request()
  path = path % #requests + 1
  if not ending then
    return requests[path]
  end
  number = number + 1
  return requests[path] .. number .. ending
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
