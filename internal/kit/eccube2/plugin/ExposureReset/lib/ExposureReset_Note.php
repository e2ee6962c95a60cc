<?php
/**
 * The note above the shop's login form. It is the same for everybody and says nothing about
 * anyone.
 */
class ExposureReset_Note
{
    const MARK = 'exposure-reset-note';

    private $settings;

    public function __construct($settings)
    {
        $this->settings = $settings;
    }

    /** The note as HTML, in UTF-8. */
    public function html()
    {
        $date = ExposureReset_Pages::day($this->settings->notice_date, 'ja');
        $english = ExposureReset_Pages::day($this->settings->notice_date, 'en');
        $url = $this->settings->lookup_url;
        return '<div class="' . self::MARK . '" style="border:1px solid #767676;border-left:6px solid #0017c1;background:#fff;color:#333;padding:12px;margin:0 0 16px;text-align:left">'
            . '<p style="margin:0 0 8px">' . $date . 'のお知らせにともない、一部の会員の方のパスワードを使えなくしました。ログインできないときは、'
            . ExposureReset_Pages::link($url, 'お客様情報の確認') . 'ページで新しいパスワードを決めてください。</p>'
            . '<p style="margin:0" lang="en">After our notice' . ($english === '' ? '' : ' of ' . $english)
            . ' we disabled some members’ passwords. If you cannot log in, set a new one on the page '
            . ExposureReset_Pages::link($url, 'Check your data') . '.</p></div>';
    }

    /**
     * A page with the note above its login form, once. A page without one comes back as it
     * was. $source: HTML in UTF-8.
     */
    public function into($source)
    {
        if (!is_string($source) || strpos($source, self::MARK) !== false) {
            return $source;
        }
        $at = self::place($source);
        return $at === null ? $source : self::part($source, 0, $at) . $this->html() . self::part($source, $at, null);
    }

    /** Bytes of a text, also where mbstring.func_overload makes substr count characters. */
    private static function part($text, $from, $length)
    {
        if (!function_exists('mb_substr')) {
            return $length === null ? substr($text, $from) : substr($text, $from, $length);
        }
        return mb_substr($text, $from, $length === null ? mb_strlen($text, '8bit') : $length, '8bit');
    }

    /** Whether there is a login form to put it above. */
    public static function fits($source)
    {
        return is_string($source) && self::place($source) !== null;
    }

    /** Remembers whether a login page had a place for the note, and tells the next report. Written only when it changes. */
    public static function look($kit, $source)
    {
        $fits = self::fits($source) ? '1' : '0';
        if ($kit->book()->get('note_fits') !== $fits) {
            $kit->book()->set('note_fits', $fits);
            $kit->note(array('templates' => $fits === '0'));
        }
    }

    /** What look remembered: true, false, or null when no login page was opened yet. */
    public static function seen($book)
    {
        $fits = $book->get('note_fits');
        return $fits === '' ? null : $fits === '1';
    }

    /**
     * Where the form of the page begins that holds the field login_pass. Little login forms
     * that themes put on every page (login_form, header_login_form) come last.
     */
    private static function place($source)
    {
        if (!preg_match_all('/<form\b[^>]*>/i', $source, $forms, PREG_OFFSET_CAPTURE)
            || !preg_match_all('/\bname\s*=\s*["\']?login_pass\b/i', $source, $fields, PREG_OFFSET_CAPTURE)) {
            return null;
        }
        $first = null;
        foreach ($fields[0] as $field) {
            $form = self::before($forms[0], $field[1]);
            if ($form === null) {
                continue;
            }
            if (!preg_match('/\b(id|name)\s*=\s*["\']?\w*login_form\w*/i', $form[0])) {
                return $form[1];
            }
            $first = $first === null ? $form[1] : $first;
        }
        return $first;
    }

    private static function before($forms, $offset)
    {
        $found = null;
        foreach ($forms as $form) {
            if ($form[1] < $offset) {
                $found = $form;
            }
        }
        return $found;
    }
}
