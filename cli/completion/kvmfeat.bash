# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for kvmfeat(1): the program itself knows the candidates.

_kvmfeat()
{
	local -a words=()
	local i word front joined=

	# Readline has split words at "=" and ":"; the program wants them whole.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == [=:] && $i -gt 1 ]]; then
			words[-1]+=$word
			joined=yes
		elif [[ $joined && $word ]]; then
			words[-1]+=$word
			joined=
		elif [[ ! $joined || $i -lt $COMP_CWORD ]]; then
			words+=("$word")
			joined=
		fi
	done
	word=${words[-1]}

	# Directories are the shell's own matter.
	if [[ $word == --root=* || (${#words[@]} -gt 1 && ${words[-2]} == --root) ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "${word#--root=}")
		compopt -o filenames 2>/dev/null
		return
	fi

	mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" --complete "${words[@]}" 2>/dev/null)

	# It replaces only what stands behind the last "=" or ":".
	front=${word%"${word##*[=:]}"}
	COMPREPLY=("${COMPREPLY[@]#"$front"}")
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -F _kvmfeat kvmfeat
