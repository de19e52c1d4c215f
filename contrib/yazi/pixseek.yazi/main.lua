--- Search pictures by what is in them, and show the results as yazi's list.
---
--- Put this folder into ~/.config/yazi/plugins/, and into keymap.toml:
---
---     [[mgr.prepend_keymap]]
---     on = ["g", "s"]
---     run = "plugin pixseek"
---     desc = "Search pictures by what is in them"
---
---     [[mgr.prepend_keymap]]
---     on = ["g", "l"]
---     run = "plugin pixseek similar"
---     desc = "More like this picture"
---
--- `esc` leaves the results. Tried with yazi 26.5.6 in tmux: search, more like a result, leaving.

-- The most results in the list.
local TOP = "200"

--- The folder, and the file under the cursor, as paths: among results, URLs have more than these.
local state = ya.sync(function()
	local hovered = cx.active.current.hovered
	return tostring(cx.active.current.cwd.path), hovered and tostring(hovered.url.path)
end)

local function fail(words)
	ya.notify { title = "pixseek", content = words, timeout = 8, level = "error" }
end

--- Runs pixseek in a folder and shows the paths that it prints.
local function show(folder, title, arguments)
	local output, err = Command("pixseek"):cwd(folder):arg(arguments):output()
	if not output then
		return fail("pixseek can't be started: " .. tostring(err))
	end
	if output.stdout == "" then
		return fail(output.stderr ~= "" and output.stderr or "nothing found")
	end
	local id = ya.id("ft")
	local list = Url(folder):into_search(title)
	local prefix = folder .. "/"
	ya.emit("cd", { Url(list) })
	-- The best stays first.
	ya.emit("sort", { "none" })
	ya.emit("update_files", { op = fs.op("part", { id = id, url = Url(list), files = {} }) })
	local files = {}
	-- Paths end with NUL, since a name may hold a line break.
	for path in output.stdout:gmatch("([^%z]+)") do
		if path:sub(1, #prefix) == prefix then
			local url = list:join(path:sub(#prefix + 1))
			local cha = fs.cha(url, true)
			if cha then
				files[#files + 1] = File { url = url, cha = cha }
			end
		end
	end
	ya.emit("update_files", { op = fs.op("part", { id = id, url = Url(list), files = files }) })
	ya.emit("update_files", { op = fs.op("done", { id = id, url = list, cha = Cha { mode = tonumber("40755", 8) } }) })
end

local function entry(_, job)
	local folder, hovered = state()
	if job.args[1] == "similar" then
		if not hovered then
			return fail("there is no picture under the cursor")
		end
		return show(folder, "like " .. hovered:match("[^/]+$"), { "similar", hovered, "-C", folder, "-n", TOP, "-0" })
	end
	local query, event = ya.input { title = "pixseek:", pos = { "top-center", y = 3, w = 50 } }
	if event ~= 1 or not query or query == "" then
		return
	end
	show(folder, query, { "search", "-C", folder, "-n", TOP, "-0", "--", query })
end

return { entry = entry }
