-- For wrk: pages as a visitor without a cookie gets them, and each fiftieth request a choice, with the token of a page that
-- came before; every token is another visitor, so every choice is an event of the log.
local tokens = {}
local threads = {}
pages, choices, others = 0, 0, 0

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    origin = args[1]
    asked = 0
    form = {
        ["Content-Type"] = "application/x-www-form-urlencoded", ["Origin"] = origin, ["Sec-Fetch-Site"] = "same-origin",
    }
end

function request()
    asked = asked + 1
    if asked % 50 == 0 and #tokens > 0 then
        local choice = asked % 100 == 0 and "accept" or "refuse"
        return wrk.format("POST", "/_consent/choice", form, "choice=" .. choice .. "&back=/&token=" .. table.remove(tokens))
    end
    return wrk.format("GET", "/")
end

function response(status, headers, body)
    if status == 303 then
        choices = choices + 1
    elseif status == 200 then
        pages = pages + 1
        if #tokens < 8 then
            local token = body:match('name="token" value="([^"]*)"')
            if token then table.insert(tokens, token) end
        end
    else
        others = others + 1
    end
end

function done()
    local sums = { pages = 0, choices = 0, others = 0 }
    for _, thread in ipairs(threads) do
        for name in pairs(sums) do sums[name] = sums[name] + thread:get(name) end
    end
    io.write(string.format("pages %d choices %d others %d\n", sums.pages, sums.choices, sums.others))
end
