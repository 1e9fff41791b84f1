"""What the site knows of itself: its machines, what is wrong with them, and its people.

    source -> entries -> judged -> store -> settled (who is believed, how fresh) -> facts
    traffic -> what devices say of themselves -> one device, whatever its address
    logins -> who was at this address at that minute -> the incidents that name it

Sources are asked by `lynceus assets update`, never while flows run. What nobody knows stays null
and is told as unknown; where sources disagree, both are shown.
"""
