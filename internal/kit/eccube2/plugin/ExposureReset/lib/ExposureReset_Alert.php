<?php
/** The red line for administrators: why members with a stolen password may come in. */
class ExposureReset_Alert
{
    const MARK = 'exposure-reset-alert';

    /**
     * What is to be said, '' for nothing. $age: seconds since the last whole list, null when
     * there never was one.
     */
    public static function text($settings, $age)
    {
        if ($settings->key === '') {
            return '未設定です。設定画面で、APIのURLとキーを入力してください。';
        }
        if ($age === null) {
            return 'まだ一度もリストを取得していません。だれのログインも止まりません。';
        }
        if ($age > ExposureReset_Run::STALE) {
            return '最後にリストを取得してから' . (int) floor($age / 60) . '分たっています。そのあいだに加わった会員は止まりません。';
        }
        return '';
    }

    /** A page of the administration with the line on top; unchanged for ''. */
    public static function into($source, $text)
    {
        if ($text === '' || !is_string($source) || strpos($source, self::MARK) !== false) {
            return $source;
        }
        $line = '<div class="' . self::MARK . '" role="alert" style="background:#ce0000;color:#fff;font-weight:bold;padding:10px 16px;text-align:left">パスワード再設定連携：'
            . ExposureReset_Pages::escape($text) . '</div>';
        return preg_replace('/<body\b[^>]*>/i', '$0' . $line, $source, 1);
    }
}
