<?php
/**
 * Which new passwords are taken. The shop's login form trims spaces and refuses what is
 * longer than PASSWORD_MAX_LEN, its oldest layers convert letters: only printable ASCII
 * without spaces is typed the same everywhere. Hashes are fast there, so that passwords that
 * are tried first are refused by rule, not by a list: everything of which less than SURPRISE
 * characters are neither a common word (P@ssw0rd is one), nor a walk over the keyboard, nor
 * a repetition. That is more than a million passwords.
 */
class ExposureReset_Policy
{
    const LEAST = 12;    // characters
    const MOST = 72;     // bytes: some hash functions read no further
    const SURPRISE = 5;  // characters that nobody guesses

    private $most;

    /** $most: what the shop's login form takes at most; null: its own constant, where it has one. */
    public function __construct($most = null)
    {
        if ($most === null) {
            $most = defined('PASSWORD_MAX_LEN') && (int) PASSWORD_MAX_LEN > 0 ? (int) PASSWORD_MAX_LEN : self::MOST;
        }
        $this->most = min($most, self::MOST);
    }

    /** Characters a password has at least: less than LEAST only where the shop takes no longer ones. */
    public function least()
    {
        return min(self::LEAST, $this->most);
    }

    public function most()
    {
        return $this->most;
    }

    /**
     * Why a password is not taken, as codes: differ, short, long, characters, address, shop,
     * common. Empty: it is taken.
     */
    public function reasons($password, $again, $address, $shopName)
    {
        $reasons = array();
        if (!is_string($password) || !is_string($again) || $password !== $again) {
            $reasons[] = 'differ';
        }
        $password = is_string($password) ? $password : '';
        if (strlen($password) < $this->least()) {
            $reasons[] = 'short';
        } elseif (strlen($password) > $this->most) {
            $reasons[] = 'long';
        }
        if (!preg_match('/\A[\x21-\x7e]*\z/', $password)) {
            $reasons[] = 'characters';
        }
        $folded = strtolower($password);
        if (self::isAddress($folded, strtolower((string) $address))) {
            $reasons[] = 'address';
        }
        if (self::holds($folded, strtolower(preg_replace('/[^\x21-\x7e]/', '', (string) $shopName)))) {
            $reasons[] = 'shop';
        }
        if (strlen($password) >= $this->least() && strlen($password) <= self::MOST && self::isCommon($folded)) {
            $reasons[] = 'common';
        }
        return $reasons;
    }

    private static function isAddress($password, $address)
    {
        if ($address === '' || $password === '') {
            return false;
        }
        $parts = explode('@', $address);
        return self::holds($password, $address) || self::holds($password, $parts[0]) || self::holds($address, $password);
    }

    /** Whether a text holds another one, which has 4 characters or more, with less than SURPRISE beside it. */
    private static function holds($text, $part)
    {
        return strlen($part) >= 4 && strpos($text, $part) !== false && (strlen($part) >= 8 || strlen($text) - strlen($part) < self::SURPRISE);
    }

    private static function isCommon($folded)
    {
        if (self::repeats($folded)) {
            return true;
        }
        $n = strlen($folded);
        $cost = array(0); // least surprise up to each position
        for ($i = 0; $i < $n; $i++) {
            self::reach($cost, $i + 1, $cost[$i] + 1);
            foreach (self::known($folded, $i) as $length) {
                self::reach($cost, $i + $length, $cost[$i]);
            }
            if (preg_match('/\G(19|20)[0-9]{2}/', $folded, $m, 0, $i)) {
                self::reach($cost, $i + 4, $cost[$i] + 1); // a year
            }
            if (preg_match('/\G(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]/', $folded, $m, 0, $i)) {
                self::reach($cost, $i + 8, $cost[$i] + 2); // a birthday
            }
        }
        return $cost[$n] < self::SURPRISE;
    }

    private static function reach(&$cost, $at, $value)
    {
        if (!isset($cost[$at]) || $cost[$at] > $value) {
            $cost[$at] = $value;
        }
    }

    /** One piece of up to 6 characters, written again and again. */
    private static function repeats($text)
    {
        for ($size = 1; $size <= 6 && $size * 2 <= strlen($text); $size++) {
            if (substr($text, $size) === substr($text, 0, strlen($text) - $size)) {
                return true;
            }
        }
        return false;
    }

    /** Lengths of what begins here and is no surprise: words, walks of 3 or more, one character 3 times. */
    private static function known($text, $at)
    {
        $lengths = array();
        foreach (explode(' ', self::WORDS) as $word) {
            if (self::spells($text, $at, $word)) {
                $lengths[] = strlen($word);
            }
        }
        foreach (explode(' ', self::WALKS) as $walk) {
            $lengths[] = self::walks($text, $at, $walk);
            $lengths[] = self::walks($text, $at, strrev($walk));
        }
        $lengths[] = strspn($text, $text[$at], $at);
        $long = array();
        foreach ($lengths as $length) {
            if ($length >= 3) {
                $long[] = $length;
            }
        }
        return $long;
    }

    /** Whether a word stands here, also with the usual signs in place of letters. */
    private static function spells($text, $at, $word)
    {
        if ($at + strlen($word) > strlen($text)) {
            return false;
        }
        $signs = array('a' => 'a@4', 'b' => 'b8', 'e' => 'e3', 'g' => 'g9', 'i' => 'i1!', 'l' => 'l1|', 'o' => 'o0', 's' => 's5$', 't' => 't7+', 'z' => 'z2');
        for ($i = 0; $i < strlen($word); $i++) {
            $letter = $word[$i];
            if (strpos(isset($signs[$letter]) ? $signs[$letter] : $letter, $text[$at + $i]) === false) {
                return false;
            }
        }
        return true;
    }

    /** How far the text goes along a walk from here. */
    private static function walks($text, $at, $walk)
    {
        $best = 0;
        for ($start = strpos($walk, $text[$at]); $start !== false; $start = strpos($walk, $text[$at], $start + 1)) {
            $n = 0;
            while ($at + $n < strlen($text) && $start + $n < strlen($walk) && $text[$at + $n] === $walk[$start + $n]) {
                $n++;
            }
            $best = max($best, $n);
        }
        return $best;
    }

    const WALKS = 'abcdefghijklmnopqrstuvwxyz 012345678901234567890 qwertyuiop[] asdfghjkl;: zxcvbnm,./ qwertyuiopasdfghjklzxcvbnm 1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p 1q2w3e4r5t6y7u8i9o0p qazwsxedcrfvtgbyhnujmikolp zaq12wsxcde34rfvbgt56yhn 1qazxsw23edcvfr45tgb !"#$%&\'() !@#$%^&*() aiueo kakikukeko';

    const WORDS = 'password passwort passwd pass word admin administrator root user guest login logon welcome letmein changeme change default secret master access system server test testing temp demo hello iloveyou love lovely loveme sunshine princess dragon monkey football baseball basketball soccer tennis hockey shadow superman batman spiderman pokemon pikachu starwars trustno michael jordan charlie jessica jennifer ashley nicole daniel andrew thomas joshua hannah george summer winter spring autumn january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday flower cookie cheese coffee banana orange purple yellow silver golden freedom whatever forever computer internet google yahoo amazon apple windows android samsung nintendo playstation mustang ferrari porsche harley killer hunter ranger buster tigger ginger pepper maggie matrix merlin phoenix diamond angel heaven family mother father sister brother baby happy lucky money music guitar school student teacher company office shop shopping mypage member customer order account email mail card japan nippon nihon tokyo osaka kyoto nagoya fukuoka sapporo hokkaido okinawa yokohama sakura hanako taro tarou yamada suzuki tanaka sato satou takahashi watanabe nakamura kobayashi yoshida sasaki himitsu hina hinamatsuri hinaningyou ningyou anshin arigatou arigato konnichiwa ohayou aishiteru daisuki kawaii tomodachi kazoku doraemon anpanman totoro naruto onepiece dragonball gundam arashi exile hanabi momiji himawari tsubasa takuya yuuki haruka misaki asuka sayuri keiko yumiko tomoko yoshiko michiko akiko naoko masako yuko neko inu usagi kuma qwerty asdf zxcv abc xyz';
}
